#!/bin/bash
# Run once by PostgreSQL's image in an empty data folder: the user of the roles, who owns Steward's databases and no
# others. `steward migrate` creates those.
set -eu
psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
  -v password="$(cat /run/secrets/database_password)" <<'SQL'
create role steward login createdb password :'password';
SQL
