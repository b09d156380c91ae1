-- How much a user, or each user of a role, may have: bytes and documents in all, pages extracted a day. NULL is what
-- the role, or the setting, says; 0 is no limit.
CREATE TABLE User_Quotas (
    user_id       INTEGER NOT NULL PRIMARY KEY REFERENCES Users (user_id) ON DELETE CASCADE,
    bytes         BIGINT,
    documents     BIGINT,
    pages_per_day BIGINT
);

CREATE TABLE Role_Quotas (
    role_id       INTEGER NOT NULL PRIMARY KEY REFERENCES Roles (role_id) ON DELETE CASCADE,
    bytes         BIGINT,
    documents     BIGINT,
    pages_per_day BIGINT
);

-- How much a user has: kept along with Documents from the moment on that somebody asks for it, or that a quota applies.
-- Users without a row cost nothing, and nobody waits for a row of theirs.
CREATE TABLE User_Usage (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES Users (user_id) ON DELETE CASCADE,
    bytes      BIGINT NOT NULL,
    documents  BIGINT NOT NULL,
    counted_at TIMESTAMP(6) NOT NULL
);
CREATE INDEX ix_user_usage_counted_at ON User_Usage (counted_at);

-- Pages extracted on a day, which is the number of days of Unix time: for two days.
CREATE TABLE Page_Usage (
    usage_day BIGINT NOT NULL,
    user_id   INTEGER NOT NULL REFERENCES Users (user_id) ON DELETE CASCADE,
    pages     BIGINT NOT NULL,
    PRIMARY KEY (usage_day, user_id)
);
CREATE INDEX ix_page_usage_user_id ON Page_Usage (user_id);
