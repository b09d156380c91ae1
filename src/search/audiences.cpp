#include "search/audiences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "db/id_list.hpp"
#include "search/tables.hpp"

namespace nassaq::search {
namespace {

/// Of more single documents the index is not asked one by one.
constexpr std::size_t most_documents = 64;
constexpr std::int64_t documents_at_a_time = 64;
constexpr std::size_t folders_at_a_time = 500;
constexpr std::chrono::minutes look_lease{5};
/// In Audience_Folders.
constexpr std::int64_t no_audience = 0;
constexpr std::int64_t not_known = -1;

struct MovedDocument {
    std::int64_t move_id = 0;
    std::int64_t doc_id = 0;
};
BOOST_DESCRIBE_STRUCT(MovedDocument, (), (move_id, doc_id))

/// The documents as they are now, in the audiences that their folders are in now: whatever else changes them meanwhile
/// comes before or after.
void put_into_audiences(db::Session& transaction, std::span<const std::int64_t> doc_ids) {
    const db::IdList list(doc_ids);
    if (transaction.dialect() == db::Dialect::postgres) {
        transaction.query_with<std::int64_t>(
            fmt::format("SELECT doc_id FROM Documents WHERE doc_id IN {} ORDER BY doc_id FOR SHARE", list.places),
            list.ids);
    }
    transaction.execute_with(fmt::format("DELETE FROM Audience_Documents WHERE doc_id IN {}", list.places), list.ids);
    transaction.execute_with(
        fmt::format(
            "INSERT INTO Audience_Documents (doc_id, audience_id, owner_id, uploaded_at, status) "
            "SELECT d.doc_id, f.audience_id, d.uploaded_by_user_id, d.uploaded_at, COALESCE((SELECT s.status FROM "
            "Processing_Status s WHERE s.doc_id = d.doc_id AND s.stage_name = 'OCR' ORDER BY s.status_id DESC LIMIT "
            "1), "
            "'') FROM Documents d JOIN Audience_Folders f ON f.path_id = d.path_id "
            "WHERE d.doc_id IN {} AND f.audience_id > 0",
            list.places),
        list.ids);
}

}  // namespace

std::string audience_of_document() {
    return "SELECT f.audience_id FROM Documents d JOIN Audience_Folders f ON f.path_id = d.path_id "
           "WHERE d.doc_id = ? AND f.audience_id > 0";
}

std::optional<std::vector<std::int64_t>> audiences_to_search(db::Session& session, const access::Reach& reach) {
    const std::size_t most = tables_of(session.dialect()).most_audiences();
    if (reach.audiences.size() > most || reach.documents.size() > most_documents || most == 0) {
        return std::nullopt;
    }
    if (reach.audiences.empty()) {
        return reach.audiences;  // Who reads single documents alone has no need of any.
    }
    const access::AudienceState state = access::read_audience_state(session);
    const bool are_right = access::are_those_of(state, reach) && !state.has_moved_documents && !state.is_too_full;
    return are_right ? std::optional(reach.audiences) : std::nullopt;
}

struct AudienceKeys::FolderAudience {
    std::int64_t path_id = 0;
    std::int64_t audience_id = no_audience;

    BOOST_DESCRIBE_CLASS(FolderAudience, (), (path_id, audience_id), (), ())
};

AudienceKeys::AudienceKeys(db::Database& database)
    : database_(database), look_(database, "search audiences", look_lease) {}

std::size_t AudienceKeys::step(const std::stop_token& stop) {
    if (tables_of(database_.dialect()).most_audiences() == 0 || is_settled()) {
        return 0;
    }
    if (!look_.take()) {
        return 0;
    }
    try {
        const std::size_t changed = settle(stop);
        look_.end(now(), 0);
        return changed;
    } catch (...) {
        look_.give_up(0);
        throw;
    }
}

/// Asks for the folders that govern only if something has happened since there was nothing to do.
bool AudienceKeys::is_settled() {
    return database_.read([&](db::Session& session) {
        const auto signs = session.get<Signs>(
            "SELECT v.entries, v.folders, v.moves, (SELECT COALESCE(MAX(move_id), 0) FROM Search_Moved_Documents), "
            "s.fingerprint FROM Access_Version v CROSS JOIN Audience_State s");
        if (settled_ == signs) {
            return true;
        }
        const access::AudienceState state = access::read_audience_state(session);
        const bool is_settled = !state.has_moved_folders && !state.has_moved_documents &&
                                state.fingerprint == fingerprint_of(access::read_governing_folders(session));
        settled_ = is_settled ? std::optional(signs) : std::nullopt;
        return is_settled;
    });
}

/// Folders are given their audience first, from when on new documents and passages bear it, and documents that are
/// moved are noted; then what is in them.
std::size_t AudienceKeys::settle(const std::stop_token& stop) {
    std::vector<access::Folder> governing;
    std::int64_t moves = 0;
    database_.transaction([&](db::Session& session) {
        session.execute("UPDATE Audience_State SET fingerprint = ''");
        moves = session.get<std::int64_t>("SELECT moves FROM Access_Version");
        governing = access::read_governing_folders(session);
    });
    assign_folders(governing, stop);
    const auto changed = database_.read([](db::Session& session) {
        return session.query<FolderAudience>(
            "SELECT path_id, audience_id FROM Audience_Folders WHERE borne_id <> audience_id ORDER BY path_id");
    });
    for (const FolderAudience& folder : changed) {
        if (!set_folder(folder, stop)) {
            return changed.size();
        }
    }
    const std::size_t moved = set_moved_documents(stop);
    if (!stop.stop_requested()) {
        database_.execute("UPDATE Audience_State SET fingerprint = ?, moves = ?", access::fingerprint_of(governing),
                          moves);
        log::debug("documents bear their audiences", {{"folders", changed.size()}});
    }
    return changed.size() + moved;
}

/// Whoever has begun before may make a folder by what was said of the one above: so it is looked once more when they
/// are over, until nothing is left to say.
void AudienceKeys::assign_folders(std::span<const access::Folder> governing, const std::stop_token& stop) {
    const Tables& tables = tables_of(database_.dialect());
    while (!stop.stop_requested()) {
        const std::vector<FolderAudience> wrong = find_wrong_folders(governing);
        if (wrong.empty()) {
            return;
        }
        std::string mark;
        for (std::span<const FolderAudience> left(wrong); !left.empty();) {
            const auto some = left.first(std::min(left.size(), folders_at_a_time));
            database_.transaction([&](db::Session& session) {
                for (const FolderAudience& folder : some) {
                    session.execute_later(
                        "INSERT INTO Audience_Folders (path_id, audience_id, borne_id) VALUES (?, ?, ?) "
                        "ON CONFLICT (path_id) DO UPDATE SET audience_id = excluded.audience_id, "
                        "borne_id = excluded.borne_id",
                        folder.path_id, folder.audience_id, not_known);
                }
                mark = tables.mark_of_transaction(session);
            });
            left = left.subspan(some.size());
        }
        wait_for_earlier_ones(mark, stop);
    }
}

void AudienceKeys::wait_for_earlier_ones(const std::string& mark, const std::stop_token& stop) {
    const Tables& tables = tables_of(database_.dialect());
    while (!stop.stop_requested() &&
           !database_.read([&](db::Session& session) { return tables.are_earlier_ones_over(session, mark); })) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
}

/// Those of which the database says another audience than they are in, and the one that it should.
std::vector<AudienceKeys::FolderAudience> AudienceKeys::find_wrong_folders(std::span<const access::Folder> governing) {
    return database_.read([&](db::Session& session) {
        const auto folders = session.query<access::Folder>("SELECT path_id, full_path FROM Virtual_Paths");
        const auto wanted = access::audiences_of(folders, governing);
        std::unordered_map<std::int64_t, std::int64_t> said;
        for (const auto& folder : session.query<FolderAudience>("SELECT path_id, audience_id FROM Audience_Folders")) {
            said.emplace(folder.path_id, folder.audience_id);
        }
        const auto find_in = [](const auto& audiences, std::int64_t path_id) {
            const auto found = audiences.find(path_id);
            return found == audiences.end() ? no_audience : found->second;
        };
        std::vector<FolderAudience> wrong;
        for (const access::Folder& folder : folders) {
            const std::int64_t audience_id = find_in(wanted, folder.path_id);
            if (find_in(said, folder.path_id) != audience_id) {
                wrong.push_back({.path_id = folder.path_id, .audience_id = audience_id});
            }
        }
        return wrong;
    });
}

bool AudienceKeys::set_folder(const FolderAudience& folder, const std::stop_token& stop) {
    std::int64_t behind = 0;
    while (true) {
        if (stop.stop_requested()) {
            return false;
        }
        const auto doc_ids = database_.read([&](db::Session& session) {
            return session.query_page<std::int64_t>(
                "SELECT doc_id FROM Documents WHERE path_id = ? AND doc_id > ? ORDER BY doc_id",
                {.limit = documents_at_a_time}, folder.path_id, behind);
        });
        if (doc_ids.empty()) {
            break;
        }
        database_.transaction([&](db::Session& session) { put_into_audiences(session, doc_ids); });
        set_passages(doc_ids, folder.audience_id);
        behind = doc_ids.back();
        look_.note(0);
    }
    database_.execute("UPDATE Audience_Folders SET borne_id = ? WHERE path_id = ? AND audience_id = ?",
                      folder.audience_id, folder.path_id, folder.audience_id);
    return true;
}

/// As many a transaction as are written together at other times.
void AudienceKeys::set_passages(std::span<const std::int64_t> doc_ids, std::int64_t audience_id) {
    const Tables& tables = tables_of(database_.dialect());
    const db::IdList list(doc_ids);
    const auto passages = database_.read([&](db::Session& session) {
        return session.query_with<std::int64_t>(
            fmt::format("SELECT passage_id FROM Search_Pages WHERE doc_id IN {} ORDER BY doc_id DESC, passage_id DESC",
                        list.places),
            list.ids);
    });
    std::span<const std::int64_t> left(passages);
    while (!left.empty()) {
        const auto some = left.first(std::min(left.size(), tables.piece_sizes().keyed_passages));
        database_.transaction([&](db::Session& session) { tables.set_audience(session, some, audience_id); });
        left = left.subspan(some.size());
    }
}

std::size_t AudienceKeys::set_moved_documents(const std::stop_token& stop) {
    const auto moved = database_.read([](db::Session& session) {
        return session.query<MovedDocument>("SELECT move_id, doc_id FROM Search_Moved_Documents ORDER BY move_id");
    });
    for (const MovedDocument& document : moved) {
        if (stop.stop_requested()) {
            break;
        }
        const auto audience_id = database_.read(
            [&](db::Session& session) { return session.find<std::int64_t>(audience_of_document(), document.doc_id); });
        set_passages({&document.doc_id, 1}, audience_id.value_or(no_audience));
        database_.execute("DELETE FROM Search_Moved_Documents WHERE move_id = ?", document.move_id);
    }
    return moved.size();
}

}  // namespace nassaq::search
