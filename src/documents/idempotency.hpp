#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/refusal.hpp"
#include "db/session.hpp"
#include "documents/upload_model.hpp"

/// Uploads that a client sends again because it does not know whether the first one arrived
/// (draft-ietf-httpapi-idempotency-key-header).
namespace nassaq::documents {

/// A request that names itself.
struct IdempotentRequest {
    std::int64_t user_id = 0;
    std::string key;
    std::string fingerprint;  ///< Of everything that makes the document.
};

/// Refuses (422) a key that is not 1 to 255 printable ASCII characters. @param sha256  of the content
api::Result<IdempotentRequest> name_request(std::int64_t user_id, std::string_view key, std::string_view filename,
                                            const UploadFields& fields, std::string_view sha256);

/// What the same request was answered first, up to a day ago. Refuses (422) a key that was used with another content.
api::Result<std::optional<UploadResponse>> find_first_answer(db::Session& session, const IdempotentRequest& request);
/// Whether a request with that key has been answered, up to a day ago.
bool has_first_answer(db::Session& session, std::int64_t user_id, std::string_view key);
/// Keeps the answer, in the transaction that makes the document. @throws db::Error (unique_violation) when another
/// request with the same key has been faster.
void record_answer(db::Session& transaction, const IdempotentRequest& request, const UploadResponse& answer);

}  // namespace nassaq::documents
