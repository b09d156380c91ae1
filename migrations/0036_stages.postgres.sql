-- Users take turns in each stage by itself (docs/decisions/0093). Queue_Turns stays for nodes of the version before: that
-- a user has two messages in the queue, because two versions count apart, harms nobody.
CREATE TABLE Job_Turns (
    user_id    INTEGER NOT NULL,
    stage_name VARCHAR(50) NOT NULL,
    queue_name VARCHAR(255) NOT NULL,
    doc_id     BIGINT NOT NULL,
    outbox_id  BIGINT NOT NULL,
    taken_at   TIMESTAMP(6) NOT NULL,
    PRIMARY KEY (user_id, stage_name)
);
INSERT INTO Job_Turns (user_id, stage_name, queue_name, doc_id, outbox_id, taken_at)
SELECT user_id, 'OCR', queue_name, doc_id, outbox_id, taken_at FROM Queue_Turns;

-- A user's next message of a stage.
CREATE INDEX ix_outbox_user_id_queue_name ON Outbox (user_id, queue_name, available_at, outbox_id);

-- Users are served in turn from the queue in the database. 0: a message that is nobody's.
ALTER TABLE Job_Queue ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_job_queue_turn ON Job_Queue (queue_name, claimed_until, user_id, job_id);
DROP INDEX ix_job_queue_claim;
