#include "handover/store.hpp"

#include <fmt/format.h>

#include "access/entries.hpp"

namespace nassaq::handover {
namespace {

constexpr std::int64_t documents_at_a_time = 500;

struct Size {
    std::int64_t bytes = 0;
    std::int64_t documents = 0;
};
BOOST_DESCRIBE_STRUCT(Size, (), (bytes, documents))

usage::Addition to_addition(const Size& size) {
    return {.bytes = size.bytes, .documents = size.documents};
}

}  // namespace

std::optional<Handover> find_handover(db::Session& session, std::int64_t from_user_id) {
    return session.find<Handover>("SELECT from_user_id, to_user_id FROM Handovers WHERE from_user_id = ?",
                                  from_user_id);
}

std::vector<Handover> list_handovers(db::Session& session) {
    return session.query<Handover>(
        "SELECT from_user_id, to_user_id FROM Handovers ORDER BY requested_at, from_user_id");
}

void insert_handover(db::Session& transaction, const Handover& handover, std::int64_t requested_by_user_id,
                     Timestamp requested_at) {
    transaction.execute(
        "INSERT INTO Handovers (from_user_id, to_user_id, requested_by_user_id, requested_at) VALUES (?, ?, ?, ?)",
        handover.from_user_id, handover.to_user_id, requested_by_user_id, requested_at);
}

void remove_handover(db::Session& transaction, std::int64_t from_user_id) {
    transaction.execute("DELETE FROM Handovers WHERE from_user_id = ?", from_user_id);
}

usage::Addition size_of_all(db::Session& session, std::int64_t user_id) {
    return to_addition(session.get<Size>(
        "SELECT COALESCE(SUM(file_size), 0), COUNT(*) FROM Documents WHERE uploaded_by_user_id = ?", user_id));
}

usage::Addition size_of(db::Session& session, std::int64_t doc_id) {
    return to_addition(session.get<Size>(
        "SELECT COALESCE(SUM(d.file_size), 0) + (SELECT COALESCE(SUM(f.file_size), 0) FROM Document_Files f "
        "WHERE f.doc_id = ? AND f.superseded_user_id IS NOT NULL), COUNT(*) FROM Documents d WHERE d.doc_id = ?",
        doc_id, doc_id));
}

std::vector<std::int64_t> list_documents_of(db::Session& session, std::int64_t user_id, std::int64_t behind) {
    return session.query_page<std::int64_t>(
        "SELECT doc_id FROM Documents WHERE uploaded_by_user_id = ? AND doc_id > ? ORDER BY doc_id",
        {.limit = documents_at_a_time}, user_id, behind);
}

void set_owner(db::Session& transaction, std::int64_t doc_id, std::int64_t user_id) {
    transaction.execute("UPDATE Documents SET uploaded_by_user_id = ? WHERE doc_id = ?", user_id, doc_id);
    transaction.execute(
        "UPDATE Document_Files SET superseded_user_id = ? WHERE doc_id = ? AND superseded_user_id IS NOT NULL", user_id,
        doc_id);
}

std::int64_t set_owner_in_trash(db::Session& transaction, const Handover& handover) {
    const auto ids = transaction.query_page<std::int64_t>(
        "SELECT doc_id FROM Trashed_Documents WHERE uploaded_by_user_id = ? ORDER BY deleted_at, doc_id",
        {.limit = documents_at_a_time}, handover.from_user_id);
    for (const std::int64_t doc_id : ids) {
        transaction.execute("UPDATE Trashed_Documents SET uploaded_by_user_id = ? WHERE doc_id = ?",
                            handover.to_user_id, doc_id);
        transaction.execute(
            "UPDATE Trashed_Files SET superseded_user_id = ? WHERE doc_id = ? AND superseded_user_id IS NOT NULL",
            handover.to_user_id, doc_id);
    }
    return static_cast<std::int64_t>(ids.size());
}

void remove_rights_of(db::Session& transaction, std::int64_t user_id) {
    access::remove_entries_to(transaction, user_id);
    transaction.execute("DELETE FROM Group_Members WHERE user_id = ?", user_id);
}

}  // namespace nassaq::handover
