-- For GET /logs/?action_type=.
CREATE INDEX ix_logs_action_type ON Logs (action_type, log_timestamp, log_id);
