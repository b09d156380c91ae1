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
constexpr std::chrono::minutes look_lease{5};
/// In Search_Folder_Keys.
constexpr std::int64_t no_audience = 0;

struct State {
    std::string fingerprint;
    std::int64_t is_as_moved = 0;  ///< No folder and no document has been moved since.
};
BOOST_DESCRIBE_STRUCT(State, (), (fingerprint, is_as_moved))

struct FolderKey {
    std::int64_t path_id = 0;
    std::int64_t audience_id = 0;
};
BOOST_DESCRIBE_STRUCT(FolderKey, (), (path_id, audience_id))

struct MovedDocument {
    std::int64_t move_id = 0;
    std::int64_t doc_id = 0;
};
BOOST_DESCRIBE_STRUCT(MovedDocument, (), (move_id, doc_id))

State read_state(db::Session& session) {
    return session.get<State>(
        "SELECT s.fingerprint, CASE WHEN s.moves = v.moves AND NOT EXISTS (SELECT 1 FROM Search_Moved_Documents) "
        "THEN 1 ELSE 0 END FROM Search_Audience_State s CROSS JOIN Access_Version v");
}

void replace_governing(db::Session& transaction, std::span<const access::Folder> governing) {
    transaction.execute("DELETE FROM Search_Audiences");
    for (const access::Folder& folder : governing) {
        transaction.execute("INSERT INTO Search_Audiences (path_id) VALUES (?)", folder.path_id);
    }
}

void set_folder_key(db::Session& transaction, std::int64_t path_id, std::int64_t audience_id) {
    transaction.execute("DELETE FROM Search_Folder_Keys WHERE path_id = ?", path_id);
    transaction.execute("INSERT INTO Search_Folder_Keys (path_id, audience_id) VALUES (?, ?)", path_id, audience_id);
}

}  // namespace

/// CROSS JOIN has SQLite take the tables in this order: the folders that govern are few.
std::string audience_of_document() {
    return "SELECT a.path_id FROM Documents d CROSS JOIN Virtual_Paths v CROSS JOIN Search_Audiences a "
           "CROSS JOIN Virtual_Paths g WHERE d.doc_id = ? AND v.path_id = d.path_id AND g.path_id = a.path_id "
           "AND (g.full_path = '/' OR g.full_path = v.full_path "
           "OR SUBSTR(v.full_path, 1, LENGTH(g.full_path) + 1) = g.full_path || '/') "
           "ORDER BY CASE WHEN g.full_path = '/' THEN 0 ELSE LENGTH(g.full_path) END DESC LIMIT 1";
}

std::optional<std::vector<std::int64_t>> audiences_to_search(db::Session& session, const access::Reach& reach) {
    const std::size_t most = tables_of(session.dialect()).most_audiences();
    if (reach.audiences.size() > most || reach.documents.size() > most_documents || most == 0) {
        return std::nullopt;
    }
    const State state = read_state(session);
    const bool is_of_folders = state.is_as_moved != 0 && state.fingerprint == reach.fingerprint;
    // Who reads single documents alone has no need of any.
    return is_of_folders || reach.audiences.empty() ? std::optional(reach.audiences) : std::nullopt;
}

/// What all passages are to bear, as it was at a moment.
struct AudienceKeys::Target {
    std::string fingerprint;
    std::int64_t moves = 0;
    std::unordered_map<std::int64_t, std::int64_t> wanted;  ///< By folder, where it is not what they bear.
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

bool AudienceKeys::is_settled() {
    return database_.read([](db::Session& session) {
        const State state = read_state(session);
        return state.is_as_moved != 0 && state.fingerprint == fingerprint_of(access::read_governing_folders(session));
    });
}

std::size_t AudienceKeys::settle(const std::stop_token& stop) {
    const Target target = begin(stop);
    std::size_t changed = 0;
    for (const auto& [path_id, audience_id] : target.wanted) {
        if (!set_folder(path_id, audience_id, stop)) {
            return changed;
        }
        ++changed;
    }
    changed += set_moved_documents(stop);
    if (!stop.stop_requested()) {
        database_.execute("UPDATE Search_Audience_State SET fingerprint = ?, moves = ?", target.fingerprint,
                          target.moves);
        log::debug("passages bear their audiences", {{"folders", target.wanted.size()}});
    }
    return changed;
}

/// From the end of its transaction on, new passages bear what they should; it waits for those that have begun before.
AudienceKeys::Target AudienceKeys::begin(const std::stop_token& stop) {
    const Tables& tables = tables_of(database_.dialect());
    Target target;
    std::string mark;
    database_.transaction([&](db::Session& session) {
        const auto governing = access::read_governing_folders(session);
        target.fingerprint = fingerprint_of(governing);
        target.moves = session.get<std::int64_t>("SELECT moves FROM Access_Version");
        session.execute("UPDATE Search_Audience_State SET fingerprint = ''");
        replace_governing(session, governing);
        const auto folders =
            session.query<access::Folder>("SELECT path_id, full_path FROM Virtual_Paths ORDER BY path_id");
        const auto wanted = access::audiences_of(folders, governing);
        std::unordered_map<std::int64_t, std::int64_t> borne;
        for (const FolderKey& key : session.query<FolderKey>("SELECT path_id, audience_id FROM Search_Folder_Keys")) {
            borne.emplace(key.path_id, key.audience_id);
        }
        for (const access::Folder& folder : folders) {
            const auto is = borne.find(folder.path_id);
            const auto should = wanted.find(folder.path_id);
            const std::int64_t audience_id = should == wanted.end() ? no_audience : should->second;
            if ((is == borne.end() ? no_audience : is->second) != audience_id) {
                target.wanted.emplace(folder.path_id, audience_id);
            }
        }
        mark = tables.mark_of_transaction(session);
    });
    while (!stop.stop_requested() &&
           !database_.read([&](db::Session& session) { return tables.are_earlier_ones_over(session, mark); })) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return target;
}

bool AudienceKeys::set_folder(std::int64_t path_id, std::int64_t audience_id, const std::stop_token& stop) {
    std::int64_t behind = 0;
    while (true) {
        if (stop.stop_requested()) {
            return false;
        }
        const auto doc_ids = database_.read([&](db::Session& session) {
            return session.query_page<std::int64_t>(
                "SELECT doc_id FROM Documents WHERE path_id = ? AND doc_id > ? ORDER BY doc_id",
                {.limit = documents_at_a_time}, path_id, behind);
        });
        if (doc_ids.empty()) {
            break;
        }
        set_passages(doc_ids, audience_id);
        behind = doc_ids.back();
        look_.note(0);
    }
    database_.transaction([&](db::Session& session) { set_folder_key(session, path_id, audience_id); });
    return true;
}

/// As many a transaction as are written together at other times.
void AudienceKeys::set_passages(std::span<const std::int64_t> doc_ids, std::int64_t audience_id) {
    const Tables& tables = tables_of(database_.dialect());
    const db::IdList list(doc_ids);
    const auto passages = database_.read([&](db::Session& session) {
        return session.query_with<std::int64_t>(
            fmt::format("SELECT passage_id FROM Search_Pages WHERE doc_id IN {}", list.places), list.ids);
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
