-- Who may do what (docs/access.md). The platform's Actions, Role_Actions and Individual_Permissions are the model; groups
-- are ours. Actions of other names mean nothing here.
INSERT INTO Actions (action_id, action_name, entity_type)
SELECT (SELECT COALESCE(MAX(action_id), 0) FROM Actions) + ours.place, ours.action_name, ours.entity_type
FROM (SELECT 1 AS place, 'document.read' AS action_name, 'document' AS entity_type
      UNION ALL SELECT 2, 'document.write', 'document' UNION ALL SELECT 3, 'document.delete', 'document'
      UNION ALL SELECT 4, 'document.share', 'document' UNION ALL SELECT 5, 'path.read', 'path'
      UNION ALL SELECT 6, 'path.create', 'path' UNION ALL SELECT 7, 'path.write', 'path'
      UNION ALL SELECT 8, 'path.delete', 'path' UNION ALL SELECT 9, 'path.share', 'path') AS ours
WHERE NOT EXISTS (SELECT 1 FROM Actions a WHERE a.action_name = ours.action_name);
CREATE INDEX ix_individual_permissions_entity ON Individual_Permissions (entity_type, entity_id);

-- Everybody is in the group that is_everyone says so of, without a row of Group_Members.
CREATE TABLE User_Groups (
    group_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    group_name  TEXT NOT NULL,
    description TEXT,
    is_everyone INTEGER NOT NULL DEFAULT 0,
    created_at  TEXT NOT NULL
);
CREATE UNIQUE INDEX uq_user_groups_group_name ON User_Groups (lower(group_name));
CREATE UNIQUE INDEX uq_user_groups_everyone ON User_Groups (is_everyone) WHERE is_everyone = 1;

CREATE TABLE Group_Members (
    group_id INTEGER NOT NULL REFERENCES User_Groups (group_id) ON DELETE CASCADE,
    user_id  INTEGER NOT NULL REFERENCES Users (user_id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX ix_group_members_user_id ON Group_Members (user_id);

CREATE TABLE Group_Permissions (
    permission_id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id      INTEGER NOT NULL REFERENCES User_Groups (group_id) ON DELETE CASCADE,
    action_id     INTEGER NOT NULL REFERENCES Actions (action_id),
    entity_id     INTEGER NOT NULL,
    entity_type   TEXT NOT NULL,
    is_allowed    INTEGER NOT NULL
);
CREATE UNIQUE INDEX uq_group_permissions ON Group_Permissions (group_id, entity_type, entity_id, action_id, is_allowed);
CREATE INDEX ix_group_permissions_entity ON Group_Permissions (entity_type, entity_id);

-- As it was before: everybody sees the folders, and uploads into any of them.
INSERT INTO User_Groups (group_name, description, is_everyone, created_at)
VALUES ('everyone', 'All who have an account', 1, strftime('%Y-%m-%dT%H:%M:%f000', 'now'));
INSERT INTO Group_Permissions (group_id, action_id, entity_id, entity_type, is_allowed)
SELECT g.group_id, a.action_id, v.path_id, 'path', 1 FROM User_Groups g, Actions a, Virtual_Paths v
WHERE g.is_everyone = 1 AND a.action_name IN ('path.read', 'path.create') AND v.full_path = '/';

-- Whose password an administrator has made up: it is for one log-in, and to be changed then.
CREATE TABLE Temporary_Passwords (
    user_id    INTEGER NOT NULL PRIMARY KEY REFERENCES Users (user_id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    used_at    TEXT
);

-- All that somebody has is to go to somebody else: there until it has.
CREATE TABLE Handovers (
    from_user_id         INTEGER NOT NULL PRIMARY KEY REFERENCES Users (user_id) ON DELETE CASCADE,
    to_user_id           INTEGER NOT NULL REFERENCES Users (user_id),
    requested_by_user_id INTEGER NOT NULL,
    requested_at         TEXT NOT NULL
);

-- Who has been given a home folder, so that one that is deleted is not made again.
CREATE TABLE Home_Folders (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES Users (user_id) ON DELETE CASCADE,
    path_id INTEGER REFERENCES Virtual_Paths (path_id) ON DELETE SET NULL
);
CREATE INDEX ix_home_folders_path_id ON Home_Folders (path_id);

-- Counted up by whatever may change what anybody may do, whoever does it.
CREATE TABLE Access_Version (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    entries INTEGER NOT NULL,
    folders INTEGER NOT NULL,
    moves   INTEGER NOT NULL
);
INSERT INTO Access_Version (one, entries, folders, moves) VALUES (1, 1, 1, 1);

CREATE TRIGGER access_role_actions_insert AFTER INSERT ON Role_Actions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_role_actions_update AFTER UPDATE ON Role_Actions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_role_actions_delete AFTER DELETE ON Role_Actions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_individual_permissions_insert AFTER INSERT ON Individual_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_individual_permissions_update AFTER UPDATE ON Individual_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_individual_permissions_delete AFTER DELETE ON Individual_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_members_insert AFTER INSERT ON Group_Members
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_members_update AFTER UPDATE ON Group_Members
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_members_delete AFTER DELETE ON Group_Members
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_permissions_insert AFTER INSERT ON Group_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_permissions_update AFTER UPDATE ON Group_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_group_permissions_delete AFTER DELETE ON Group_Permissions
BEGIN
    UPDATE Access_Version SET entries = entries + 1;
END;
CREATE TRIGGER access_virtual_paths_insert AFTER INSERT ON Virtual_Paths
BEGIN
    UPDATE Access_Version SET folders = folders + 1;
END;
CREATE TRIGGER access_virtual_paths_update AFTER UPDATE OF full_path ON Virtual_Paths
BEGIN
    UPDATE Access_Version SET folders = folders + 1, moves = moves + 1;
END;
CREATE TRIGGER access_virtual_paths_delete AFTER DELETE ON Virtual_Paths
BEGIN
    UPDATE Access_Version SET folders = folders + 1;
END;

-- Whose a document is may change: its counts go along.
CREATE TRIGGER document_counts_owner_update AFTER UPDATE OF uploaded_by_user_id ON Documents
WHEN NEW.uploaded_by_user_id <> OLD.uploaded_by_user_id
BEGIN
    UPDATE Document_Counts SET documents = documents - 1, changes = changes + 1
    WHERE user_id = OLD.uploaded_by_user_id AND status = COALESCE(
        (SELECT status FROM Processing_Status WHERE doc_id = NEW.doc_id AND stage_name = 'OCR'), '');
    INSERT INTO Document_Counts (user_id, status, documents, changes)
    SELECT NEW.uploaded_by_user_id, COALESCE(
        (SELECT status FROM Processing_Status WHERE doc_id = NEW.doc_id AND stage_name = 'OCR'), ''), 1, 1
    WHERE TRUE ON CONFLICT (user_id, status) DO UPDATE SET documents = documents + 1, changes = changes + 1;
    UPDATE Document_Counts SET changes = changes + 1 WHERE user_id = 0;
END;
