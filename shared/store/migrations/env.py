"""Alembic's environment: runs on the connection that `shared.store.migrate` hands over."""

from alembic import context

from shared.runtime import manifest

config = context.config
connection = config.attributes["connection"]
service = config.attributes["service"]

context.configure(
    connection=connection,
    target_metadata=config.attributes.get("metadata") or manifest.metadata(manifest.load(service)),
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
