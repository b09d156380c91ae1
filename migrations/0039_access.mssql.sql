-- Who may do what (docs/access.md). The platform's Actions, Role_Actions and Individual_Permissions are the model; groups
-- are ours. Actions of other names mean nothing here.
-- Where the platform has them numbered by the database, so are ours.
IF COLUMNPROPERTY(OBJECT_ID(N'Actions'), N'action_id', N'IsIdentity') = 1
INSERT INTO Actions (action_name, entity_type) SELECT ours.action_name, ours.entity_type FROM (VALUES
    (1, 'document.read', 'document'), (2, 'document.write', 'document'), (3, 'document.delete', 'document'),
    (4, 'document.share', 'document'), (5, 'path.read', 'path'), (6, 'path.create', 'path'), (7, 'path.write', 'path'),
    (8, 'path.delete', 'path'), (9, 'path.share', 'path')) AS ours (place, action_name, entity_type)
WHERE NOT EXISTS (SELECT 1 FROM Actions a WHERE a.action_name = ours.action_name);
IF COLUMNPROPERTY(OBJECT_ID(N'Actions'), N'action_id', N'IsIdentity') = 0
INSERT INTO Actions (action_id, action_name, entity_type)
SELECT (SELECT COALESCE(MAX(action_id), 0) FROM Actions) + ours.place, ours.action_name, ours.entity_type FROM (VALUES
    (1, 'document.read', 'document'), (2, 'document.write', 'document'), (3, 'document.delete', 'document'),
    (4, 'document.share', 'document'), (5, 'path.read', 'path'), (6, 'path.create', 'path'), (7, 'path.write', 'path'),
    (8, 'path.delete', 'path'), (9, 'path.share', 'path')) AS ours (place, action_name, entity_type)
WHERE NOT EXISTS (SELECT 1 FROM Actions a WHERE a.action_name = ours.action_name);
CREATE INDEX ix_individual_permissions_entity ON Individual_Permissions (entity_type, entity_id);

-- Everybody is in the group that is_everyone says so of, without a row of Group_Members.
CREATE TABLE User_Groups (
    group_id    BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_user_groups PRIMARY KEY,
    group_name  NVARCHAR(100) COLLATE Latin1_General_CI_AS NOT NULL CONSTRAINT uq_user_groups_group_name UNIQUE,
    description NVARCHAR(MAX) NULL,
    is_everyone BIT NOT NULL CONSTRAINT df_user_groups_is_everyone DEFAULT 0,
    created_at  DATETIME NOT NULL
);
CREATE UNIQUE INDEX uq_user_groups_everyone ON User_Groups (is_everyone) WHERE is_everyone = 1;

CREATE TABLE Group_Members (
    group_id BIGINT NOT NULL CONSTRAINT fk_group_members_group_id REFERENCES User_Groups (group_id) ON DELETE CASCADE,
    user_id  INT NOT NULL CONSTRAINT fk_group_members_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    CONSTRAINT pk_group_members PRIMARY KEY (group_id, user_id)
);
CREATE INDEX ix_group_members_user_id ON Group_Members (user_id);

CREATE TABLE Group_Permissions (
    permission_id BIGINT IDENTITY(1,1) NOT NULL CONSTRAINT pk_group_permissions PRIMARY KEY,
    group_id      BIGINT NOT NULL
        CONSTRAINT fk_group_permissions_group_id REFERENCES User_Groups (group_id) ON DELETE CASCADE,
    action_id     INT NOT NULL CONSTRAINT fk_group_permissions_action_id REFERENCES Actions (action_id),
    entity_id     BIGINT NOT NULL,
    entity_type   VARCHAR(20) NOT NULL,
    is_allowed    BIT NOT NULL
);
CREATE UNIQUE INDEX uq_group_permissions ON Group_Permissions (group_id, entity_type, entity_id, action_id, is_allowed);
CREATE INDEX ix_group_permissions_entity ON Group_Permissions (entity_type, entity_id);

-- As it was before: everybody sees the folders, and uploads into any of them.
INSERT INTO User_Groups (group_name, description, is_everyone, created_at)
VALUES (N'everyone', N'All who have an account', 1, GETUTCDATE());
INSERT INTO Group_Permissions (group_id, action_id, entity_id, entity_type, is_allowed)
SELECT g.group_id, a.action_id, v.path_id, 'path', 1 FROM User_Groups g CROSS JOIN Actions a CROSS JOIN Virtual_Paths v
WHERE g.is_everyone = 1 AND a.action_name IN ('path.read', 'path.create') AND v.full_path = N'/';

-- Whose password an administrator has made up: it is for one log-in, and to be changed then.
CREATE TABLE Temporary_Passwords (
    user_id    INT NOT NULL CONSTRAINT pk_temporary_passwords PRIMARY KEY
        CONSTRAINT fk_temporary_passwords_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    created_at DATETIME NOT NULL,
    used_at    DATETIME NULL
);

-- All that somebody has is to go to somebody else: there until it has.
CREATE TABLE Handovers (
    from_user_id         INT NOT NULL CONSTRAINT pk_handovers PRIMARY KEY
        CONSTRAINT fk_handovers_from_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    to_user_id           INT NOT NULL CONSTRAINT fk_handovers_to_user_id REFERENCES Users (user_id),
    requested_by_user_id INT NOT NULL,
    requested_at         DATETIME NOT NULL
);

-- Who has been given a home folder, so that one that is deleted is not made again.
CREATE TABLE Home_Folders (
    user_id INT NOT NULL CONSTRAINT pk_home_folders PRIMARY KEY
        CONSTRAINT fk_home_folders_user_id REFERENCES Users (user_id) ON DELETE CASCADE,
    path_id INT NULL CONSTRAINT fk_home_folders_path_id REFERENCES Virtual_Paths (path_id) ON DELETE SET NULL
);
CREATE INDEX ix_home_folders_path_id ON Home_Folders (path_id);

-- Counted up by whatever may change what anybody may do, whoever does it. What is inserted into the platform's tables is
-- known by their highest ids: a trigger there would break the inserts of the platform's server, whose statements ask
-- for the new id in an OUTPUT clause (access/rights_store.cpp).
CREATE TABLE Access_Version (
    one     INT NOT NULL CONSTRAINT pk_access_version PRIMARY KEY CONSTRAINT ck_access_version CHECK (one = 1),
    entries BIGINT NOT NULL,
    folders BIGINT NOT NULL,
    moves   BIGINT NOT NULL
);
INSERT INTO Access_Version (one, entries, folders, moves) VALUES (1, 1, 1, 1);

EXEC(N'CREATE TRIGGER access_role_actions ON Role_Actions AFTER UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON
    UPDATE Access_Version SET entries = entries + 1
END');
EXEC(N'CREATE TRIGGER access_individual_permissions ON Individual_Permissions AFTER UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON
    UPDATE Access_Version SET entries = entries + 1
END');
EXEC(N'CREATE TRIGGER access_group_members ON Group_Members AFTER INSERT, UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON
    UPDATE Access_Version SET entries = entries + 1
END');
EXEC(N'CREATE TRIGGER access_group_permissions ON Group_Permissions AFTER INSERT, UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON
    UPDATE Access_Version SET entries = entries + 1
END');
EXEC(N'CREATE TRIGGER access_virtual_paths ON Virtual_Paths AFTER UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON
    UPDATE Access_Version SET folders = folders + 1, moves = moves + 1
END');
