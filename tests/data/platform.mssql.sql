-- A database as the platform made it before Nassaq (docs/platform.md, 3): its tables without our columns, with some rows.

CREATE TABLE Roles (
    role_id INT NOT NULL PRIMARY KEY,
    role_name NVARCHAR(50) NOT NULL UNIQUE,
    description NVARCHAR(255)
);

CREATE TABLE Actions (
    action_id INT NOT NULL PRIMARY KEY,
    action_name VARCHAR(50) NOT NULL UNIQUE,
    entity_type VARCHAR(20) NOT NULL
);

CREATE TABLE Role_Actions (
    role_action_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    role_id INT NOT NULL REFERENCES Roles (role_id),
    action_id INT NOT NULL REFERENCES Actions (action_id),
    UNIQUE (role_id, action_id)
);

CREATE TABLE Users (
    user_id INT IDENTITY(1,1) PRIMARY KEY,
    username NVARCHAR(50) NOT NULL UNIQUE,
    full_name NVARCHAR(100) NOT NULL,
    email NVARCHAR(100) NOT NULL UNIQUE,
    password_hash VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL,
    is_active BIT NOT NULL DEFAULT 0,
    role_id INT REFERENCES Roles (role_id)
);

CREATE TABLE Virtual_Paths (
    path_id INT IDENTITY(1,1) PRIMARY KEY,
    full_path NVARCHAR(500) NOT NULL UNIQUE,
    created_at DATETIME NOT NULL,
    description NVARCHAR(MAX),
    depth INT
);

CREATE TABLE Documents (
    doc_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    filename NVARCHAR(255) NOT NULL,
    path_id INT NOT NULL REFERENCES Virtual_Paths (path_id),
    uploaded_by_user_id INT NOT NULL REFERENCES Users (user_id),
    mongo_doc_id VARCHAR(36) NOT NULL,
    uploaded_at DATETIME NOT NULL,
    updated_at DATETIME,
    file_size BIGINT,
    content_type VARCHAR(100),
    file_type VARCHAR(10),
    UNIQUE (filename, path_id)
);

CREATE TABLE Processing_Status (
    status_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    doc_id BIGINT NOT NULL REFERENCES Documents (doc_id),
    stage_name VARCHAR(50) NOT NULL,
    status VARCHAR(20) NOT NULL,
    start_time DATETIME NOT NULL,
    end_time DATETIME,
    error_message NVARCHAR(MAX)
);

CREATE TABLE Ocr_Results (
    result_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    doc_id BIGINT NOT NULL REFERENCES Documents (doc_id),
    page_count INT NOT NULL,
    word_count INT NOT NULL,
    avg_confidence FLOAT NOT NULL,
    primary_language VARCHAR(10) NOT NULL,
    category VARCHAR(50),
    classification_confidence FLOAT,
    cost_usd_ocr FLOAT NOT NULL,
    cost_usd_classification FLOAT,
    processed_at DATETIME NOT NULL
);

CREATE TABLE Individual_Permissions (
    permission_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    user_id INT NOT NULL REFERENCES Users (user_id),
    action_id INT NOT NULL REFERENCES Actions (action_id),
    entity_id BIGINT NOT NULL,
    entity_type VARCHAR(20) NOT NULL,
    is_allowed BIT NOT NULL,
    is_inherited BIT NOT NULL DEFAULT 0
);

CREATE TABLE Logs (
    log_id BIGINT IDENTITY(1,1) PRIMARY KEY,
    log_timestamp DATETIME NOT NULL,
    action_type VARCHAR(50) NOT NULL,
    user_id INT REFERENCES Users (user_id),
    entity_id BIGINT,
    details NVARCHAR(MAX)
);

INSERT INTO Roles VALUES (1, N'User', NULL), (99, N'Admin', N'مدير');

INSERT INTO Actions VALUES (1, 'document:read', 'document');
INSERT INTO Role_Actions (role_id, action_id) VALUES (99, 1);

-- The password hash stands for the one that the test puts in.
INSERT INTO Users (username, full_name, email, password_hash, created_at, is_active, role_id) VALUES
    (N'admin_example', N'مدير النظام 😀', N'Admin@example.com', '@HASH@', '2024-01-02T03:04:05.120', 1, 99),
    (N'layla_example', N'ليلى', N'layla@example.com', '@HASH@', '2024-01-03T00:00:00', 0, NULL);

INSERT INTO Virtual_Paths (full_path, created_at, description, depth) VALUES
    (N'/', '2024-01-01T00:00:00', N'Root directory', 0),
    (N'عقود/2024', '2024-01-01T00:00:00', N'وصف 😀', NULL);

INSERT INTO Documents (filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type,
    file_type) VALUES
    (N'عقد.pdf', 2, 1, '6630f1c2a7b8c9d0e1f2a3b4', '2024-02-01T10:00:00', '2024-02-01T10:01:00', 1234, 'application/pdf', 'pdf'),
    (N'old.txt', 1, 2, 'pending', '2024-02-02T10:00:00', NULL, NULL, NULL, NULL);

INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, end_time, error_message) VALUES
    (1, 'OCR', 'Finished', '2024-02-01T10:00:00', '2024-02-01T10:01:00', NULL),
    (2, 'OCR', 'Failed', '2024-02-02T10:00:00', '2024-02-02T10:01:00', N'تعذرت القراءة');

-- Two results of one document, as a worker that was run twice has left them.
INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, cost_usd_ocr, processed_at) VALUES
    (1, 1, 10, 50.0, 'en', 0.01, '2024-02-01T10:00:30'),
    (1, 3, 250, 91.5, 'ar', 0.01, '2024-02-01T10:01:00');

INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed) VALUES (2, 1, 1, 'document', 1);

INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id, details) VALUES
    ('2024-02-01T10:00:00', 'document_upload', 1, 1, N'عقد.pdf');
