-- From when on tokens without a session count, which only the Python platform issues: they end with a deactivation, and
-- with a change of the role or the password, for they have no session that could.
ALTER TABLE Users ADD COLUMN tokens_valid_from TIMESTAMP(6);
