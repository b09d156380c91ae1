#include "documents/same_content.hpp"

namespace nassaq::documents {

std::vector<ContentCopy> find_same_content(db::Session& session, std::int64_t user_id, const std::string& sha256) {
    constexpr std::int64_t most = 100;
    return session.query_page<ContentCopy>(
        "SELECT d.doc_id, d.filename, p.full_path FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id "
        "WHERE d.uploaded_by_user_id = ? AND d.sha256 = CAST(? AS VARCHAR(64)) ORDER BY d.doc_id",
        {.limit = most}, user_id, sha256);
}

}  // namespace nassaq::documents
