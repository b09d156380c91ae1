// Every handler that writes decides in its own transaction whether its caller may: between the guard and the
// transaction a password is hashed, a file is stored, a database is waited for.
#include <any>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../api/api_fixture.hpp"
#include "api/guard.hpp"
#include "api/route.hpp"
#include "app/routes.hpp"
#include "broker/embedded.hpp"
#include "extraction/stage.hpp"
#include "security/password.hpp"
#include "storage/local.hpp"
#include "texts/sql.hpp"

namespace nassaq::app {
namespace {

using api::Level;
using std::chrono_literals::operator""s;

constexpr std::string_view password = "correct horse 1!";

/// The people and things of one attempt.
struct Scene {
    std::int64_t actor = 0;
    std::string session;
    std::string other_session;
    std::int64_t target = 0;
    std::int64_t document = 0;
    std::int64_t trashed = 0;  ///< The target's.
    std::int64_t path = 0;
    std::int64_t platform_path = 0;  ///< With a document of the platform, which does not name its blob.
    std::int64_t group = 0;          ///< The actor is in it.
};

/// A request that its route carries out for who may.
struct Attempt {
    bool is_for_admins = false;
    std::string body = {};
    std::string parameter = {};  ///< Of the path.
    std::string second_parameter = {};
    bool has_file = false;
};

class Authority : public api::ApiTest {
protected:
    static std::string unique(std::string_view stem) {
        static int number = 0;
        return std::string(stem) + std::to_string(++number);
    }

    std::string add_session(std::int64_t user_id) {
        std::string jti = unique("session-");
        database_.execute(
            "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?)", jti,
            user_id, now(), now(), now() + std::chrono::hours{1});
        return jti;
    }

    Scene make_scene() {
        Scene scene;
        scene.actor = add_user(unique("actor"), true, api::admin_role_id);
        database_.execute("UPDATE Users SET password_hash = ? WHERE user_id = ?", password_hash_, scene.actor);
        scene.session = add_session(scene.actor);
        scene.other_session = add_session(scene.actor);
        scene.target = add_user(unique("target"), false, std::nullopt);
        scene.document = database_.add_document(unique("text") + ".txt", scene.actor, unique("blob"), std::nullopt);
        database_.execute(
            "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, 'OCR', 'Finished', ?)",
            scene.document, now());
        add_versions(scene.document, scene.actor);
        add_search_pages(scene.document, scene.actor);
        scene.trashed = add_to_trash(scene.actor);
        scene.path = add_path();
        scene.group = add_group(scene.actor);
        scene.platform_path = add_path();
        database_.execute(
            "INSERT INTO Documents (filename, path_id, uploaded_by_user_id, uploaded_at) VALUES ('a.pdf', ?, ?, ?)",
            scene.platform_path, scene.actor, now());
        return scene;
    }

    void add_versions(std::int64_t doc_id, std::int64_t user_id) {
        for (int version = 1; version <= 2; ++version) {
            database_.execute(
                "INSERT INTO Document_Files (doc_id, kind, version, place, sha256, created_at, created_by_user_id) "
                "VALUES (?, 'original', ?, ?, ?, ?, ?)",
                doc_id, version, unique("place"), unique("checksum"), now(), user_id);
        }
    }

    std::int64_t add_to_trash(std::int64_t user_id) {
        const std::int64_t doc_id = database_.add_document(unique("trashed"), user_id, std::nullopt, std::nullopt);
        database_.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
        database_.execute(
            "INSERT INTO Trashed_Documents (doc_id, filename, path_id, full_path, uploaded_by_user_id, mongo_doc_id, "
            "uploaded_at, deleted_at, deleted_by_user_id, purge_at) VALUES (?, ?, 1, '/', ?, 'pending', ?, ?, ?, ?)",
            doc_id, unique("trashed"), user_id, now(), now(), user_id, now() + std::chrono::hours{1});
        database_.execute(
            "INSERT INTO Trashed_Files (doc_id, kind, version, part, place, created_at, created_by_user_id) "
            "VALUES (?, 'original', 1, 0, ?, ?, ?)",
            doc_id, unique("place"), now(), user_id);
        return doc_id;
    }

    std::int64_t add_group(std::int64_t member) {
        const std::string name = unique("group");
        database_.execute("INSERT INTO User_Groups (group_name, created_at) VALUES (?, ?)", name, now());
        const std::int64_t group = database_.count("SELECT group_id FROM User_Groups WHERE group_name = ?", name);
        database_.execute("INSERT INTO Group_Members (group_id, user_id) VALUES (?, ?)", group, member);
        return group;
    }

    std::int64_t add_path() {
        const std::string path = unique("path");
        database_.execute("INSERT INTO Virtual_Paths (full_path, created_at, depth) VALUES (?, ?, 1)", path, now());
        return database_.count("SELECT path_id FROM Virtual_Paths WHERE full_path = ?", path);
    }

    /// So many that they are taken out of the index in several transactions.
    void add_search_pages(std::int64_t doc_id, std::int64_t user_id) {
        for (int page = 1; page <= 20; ++page) {
            database_.execute("INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text) VALUES (?, ?, ?, 1, 1)",
                              user_id, doc_id, page);
        }
    }

    /// What to ask of each route that writes for a caller. A new one needs a line here, and a transact() in its
    /// handler.
    static std::map<std::string, Attempt> attempts(const Scene& scene) {
        const std::string target = std::to_string(scene.target);
        const std::string document = std::to_string(scene.document);
        const std::string trashed = std::to_string(scene.trashed);
        const std::string path = std::to_string(scene.path);
        const std::string platform_path = std::to_string(scene.platform_path);
        const std::string group = std::to_string(scene.group);
        const std::string access = R"({"entries": [{"user_id": )" + target + R"(, "allow": ["document.read"]}]})";
        return {
            {"DELETE /auth/sessions/{jti}", {.parameter = scene.other_session}},
            {"POST /auth/password",
             {.body = R"({"current_password": "correct horse 1!", "new_password": "another horse 2!"})"}},
            {"PATCH /users/me", {.body = R"({"full_name": "Another Name"})"}},
            {"PATCH /users/{user_id}",
             {.is_for_admins = true, .body = R"({"full_name": "Another Name"})", .parameter = target}},
            {"PATCH /users/{user_id}/activate", {.is_for_admins = true, .parameter = target}},
            {"POST /users/",
             {.is_for_admins = true,
              .body = R"({"full_name": "New Person", "email": ")" + unique("new") + R"(@example.com"})"}},
            {"DELETE /users/{user_id}", {.is_for_admins = true, .parameter = target}},
            {"POST /users/{user_id}/password",
             {.is_for_admins = true, .body = R"({"new_password": "another horse 2!"})", .parameter = target}},
            {"POST /docs/upload", {.has_file = true}},
            {"PATCH /docs/{doc_id}", {.body = R"({"description": "changed"})", .parameter = document}},
            {"POST /docs/{doc_id}/reprocess", {.parameter = document}},
            {"DELETE /docs/{doc_id}", {.parameter = document}},
            {"PUT /docs/{doc_id}/file", {.parameter = document, .has_file = true}},
            {"POST /docs/{doc_id}/versions/{version}/restore", {.parameter = document, .second_parameter = "1"}},
            {"POST /docs/{doc_id}/restore", {.parameter = trashed}},
            {"DELETE /docs/trash/{doc_id}", {.parameter = trashed}},
            {"DELETE /docs/trash", {}},
            {"PUT /users/{user_id}/quota",
             {.is_for_admins = true, .body = R"({"documents": 1000})", .parameter = target}},
            {"PUT /roles/{role_id}/quota", {.is_for_admins = true, .body = R"({"documents": 1000})", .parameter = "1"}},
            {"POST /paths/", {.is_for_admins = true, .body = R"({"full_path": ")" + unique("new") + R"("})"}},
            {"PATCH /paths/{path_id}",
             {.is_for_admins = true,
              .body = R"({"description": "changed", "full_path": ")" + unique("renamed") + R"("})",
              .parameter = platform_path}},
            {"DELETE /paths/{path_id}", {.is_for_admins = true, .parameter = path}},
            {"POST /groups/", {.is_for_admins = true, .body = R"({"group_name": ")" + unique("group") + R"("})"}},
            {"PATCH /groups/{group_id}",
             {.is_for_admins = true, .body = R"({"description": "changed"})", .parameter = group}},
            {"DELETE /groups/{group_id}", {.is_for_admins = true, .parameter = group}},
            {"PUT /groups/{group_id}/members/{user_id}",
             {.is_for_admins = true, .parameter = group, .second_parameter = target}},
            {"DELETE /groups/{group_id}/members/{user_id}",
             {.is_for_admins = true, .parameter = group, .second_parameter = std::to_string(scene.actor)}},
            {"PUT /docs/{doc_id}/access", {.body = access, .parameter = document}},
            {"PUT /paths/{path_id}/access", {.is_for_admins = true, .body = access, .parameter = path}},
        };
    }

    http::Request make_request(const Scene& scene, const http::Endpoint& endpoint, const Attempt& attempt) {
        const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        const std::string token = tokens_.sign(
            {.subject = scene.actor, .expires_at = time + 60s, .issued_at = time, .session_id = scene.session});
        http::Request request = request_with("authorization", "Bearer " + token);
        request.method = endpoint.method;
        request.body = attempt.body;
        if (!attempt.parameter.empty()) {
            request.path_parameters = {attempt.parameter};
        }
        if (!attempt.second_parameter.empty()) {
            request.path_parameters.push_back(attempt.second_parameter);
        }
        if (attempt.has_file) {
            SpoolFile content = spool_.create();
            content.append("some text\n");
            content.finish();
            request.form.push_back(
                {.name = "file",
                 .value = http::UploadedFile{
                     .filename = unique("file") + ".txt", .content_type = {}, .content = std::move(content)}});
        }
        return request;
    }

    /// How many changes have been made, by their audit rows.
    std::int64_t changes() {
        return database_.count("SELECT COUNT(*) FROM Logs WHERE action_type <> 'access_refused'");
    }

    /// What is written in transactions of their own, before the one that has the audit row.
    std::vector<std::int64_t> prepared() {
        return {database_.count("SELECT COUNT(*) FROM Search_Pages"),
                database_.count("SELECT COUNT(*) FROM Search_Large"),
                database_.count("SELECT COUNT(*) FROM Documents WHERE blob_name IS NULL")};
    }

    std::size_t blobs() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "blobs")) {
            count += entry.is_regular_file() ? 1 : 0;
        }
        return count;
    }

    /// Lets each route's guard pass, has `end` happen, and then the handler run. @return the status of each by its
    /// name, 200 for any success.
    template <class End>
    std::map<std::string, int> carry_out(const End& end) {
        std::map<std::string, int> statuses;
        for (const http::Endpoint& endpoint : endpoints_) {
            const std::string path = endpoint.pattern.starts_with(api::base_path)
                                         ? endpoint.pattern.substr(api::base_path.size())
                                         : endpoint.pattern;
            const std::string name = endpoint.method + " " + path;
            // A log-out ends a session, whoever it is that has the token.
            if (endpoint.method == "GET" || !endpoint.guard || name == "POST /auth/logout") {
                continue;
            }
            const Scene scene = make_scene();
            const auto known = attempts(scene);
            const auto attempt = known.find(name);
            if (attempt == known.end()) {
                ADD_FAILURE() << "nothing is known of how to attempt " << name;
                continue;
            }
            http::Request request = make_request(scene, endpoint, attempt->second);
            EXPECT_FALSE(endpoint.guard(request)) << name;
            if (!end(scene, request, attempt->second)) {
                continue;
            }
            const std::int64_t before = changes();
            const std::size_t blobs_before = blobs();
            const auto prepared_before = prepared();
            const int status = endpoint.handle(request).status;
            if (status < 400) {
                statuses[name] = 200;
                EXPECT_GT(changes(), before) << name << ": a change without an audit row";
            } else {
                statuses[name] = status;
                EXPECT_EQ(changes(), before) << name;
                EXPECT_EQ(blobs(), blobs_before) << name;
                EXPECT_EQ(prepared(), prepared_before) << name;
            }
        }
        return statuses;
    }

    static void expect_all(const std::map<std::string, int>& statuses, std::size_t least, int status) {
        EXPECT_GE(statuses.size(), least);
        for (const auto& [name, found] : statuses) {
            EXPECT_EQ(found, status) << name;
        }
    }

    Features make_features() {
        db::Database& database = database_.get();
        return {.access = services_,
                .audit = {.database = database, .reading_log = reading_log_},
                .auth = {.settings = settings_, .database = database, .tokens = tokens_, .rate_limits = rate_limits_},
                .documents = {.settings = settings_,
                              .quota_defaults = {},
                              .database = database,
                              .storage = *storage_,
                              .finder = finder_,
                              .upgrade = upgrade_,
                              .texts = *texts_,
                              .stages = stages_,
                              .outbox = outbox_,
                              .blob_deletions = blob_deletions_,
                              .events = events_,
                              .answers = answers_,
                              .reading_log = reading_log_},
                .groups = {.database = database},
                .health = {.database = database,
                           .storage = *storage_,
                           .texts = *texts_,
                           .broker = *broker_,
                           .metrics = metrics_},
                .paths = {.database = database, .foreign_keys = foreign_keys_},
                .permissions = {.database = database},
                .quotas = {.database = database, .defaults = {}},
                .roles = {.database = database},
                .trash = {.settings = settings_,
                          .quota_defaults = {},
                          .database = database,
                          .foreign_keys = foreign_keys_,
                          .storage = *storage_,
                          .texts = *texts_,
                          .stages = stages_,
                          .outbox = outbox_,
                          .blob_deletions = blob_deletions_,
                          .upgrade = upgrade_},
                .users = {.database = database, .foreign_keys = foreign_keys_}};
    }

    db::ForeignKeys foreign_keys_{database_.get()};
    std::unique_ptr<storage::Storage> storage_ = storage::make_local_storage(folder_ / "blobs");
    std::unique_ptr<texts::TextStore> texts_ = texts::make_sql_text_store(database_.get());
    std::unique_ptr<broker::Broker> broker_ = broker::make_embedded_broker(database_.get());
    jobs::Stages stages_{{extraction::make_stage({.queue = "ocr_queue"})}};
    jobs::OutboxRelay outbox_{database_.get(), *broker_, stages_};
    jobs::BlobDeletions blob_deletions_{database_.get(), *storage_};
    jobs::EventFeed events_{database_.get()};
    files::PlaceFinder finder_{database_.get(), *storage_, *texts_};
    files::Upgrade upgrade_;
    metrics::Metrics metrics_;
    settings::Settings settings_;
    audit::ReadingLog reading_log_{database_.get()};
    Features features_ = make_features();
    Spool spool_{folder_ / "spool"};
    std::string password_hash_ = security::hash_password(password);
    std::int64_t another_admin_ = add_user("root", true, api::admin_role_id);
    std::vector<http::Endpoint> endpoints_ = [this] {
        settings_.supported_extensions = {".txt"};
        return endpoints(features_);
    }();
};

TEST_F(Authority, WhoKeepsTheirsIsServed) {
    expect_all(carry_out([](const Scene&, http::Request&, const Attempt&) { return true; }), 16, 200);
}

TEST_F(Authority, EndsWithTheRole) {
    expect_all(carry_out([&](const Scene& scene, http::Request&, const Attempt& attempt) {
                   database_.execute("UPDATE Users SET role_id = 1 WHERE user_id = ?", scene.actor);
                   return attempt.is_for_admins;
               }),
               8, 403);
}

TEST_F(Authority, EndsWithTheAccount) {
    expect_all(carry_out([&](const Scene& scene, http::Request&, const Attempt&) {
                   database_.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, scene.actor);
                   return true;
               }),
               14, 403);
}

TEST_F(Authority, EndsWithTheSession) {
    expect_all(carry_out([&](const Scene& scene, http::Request&, const Attempt&) {
                   database_.execute("DELETE FROM Sessions WHERE jti = ?", scene.session);
                   return true;
               }),
               14, 401);
}

TEST_F(Authority, EndsWithTheTokenButOfAnUploadUnderWay) {
    const auto statuses = carry_out([&](const Scene&, http::Request& request, const Attempt&) {
        std::any_cast<api::Caller&>(request.caller).token.expires_at -= 61s;
        return true;
    });
    EXPECT_GE(statuses.size(), 14U);
    for (const auto& [name, status] : statuses) {
        const bool is_upload = name == "POST /docs/upload" || name == "PUT /docs/{doc_id}/file";
        EXPECT_EQ(status, is_upload ? 200 : 401) << name;
    }
}

}  // namespace
}  // namespace nassaq::app
