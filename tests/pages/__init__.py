"""The pages as browsers meet them: walked by their own forms, read as strictly as a validator would."""
