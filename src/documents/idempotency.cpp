#include "documents/idempotency.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json.hpp>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "schema/errors.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

constexpr std::chrono::hours kept{24};
constexpr std::size_t longest_key = 255;

struct KeptAnswer {
    std::string fingerprint;
    std::string answer;
};
BOOST_DESCRIBE_STRUCT(KeptAnswer, (), (fingerprint, answer))

/// The key is not echoed: it may be of bytes that are no text.
std::unexpected<api::Refusal> refuse_key(std::string_view fault) {
    schema::Errors errors("header");
    const schema::Errors::Scope scope(errors, "Idempotency-Key");
    errors.add_value_error(fault, nullptr);
    return api::refuse_invalid(errors.take());
}

bool is_key(std::string_view key) {
    const auto is_printable = [](char character) { return character >= ' ' && character <= '~'; };
    return !key.empty() && key.size() <= longest_key && std::ranges::all_of(key, is_printable);
}

/// Each part with its length before it, so that no two requests make the same text.
std::string fingerprint_of(std::initializer_list<std::string_view> parts) {
    Sha256 hash;
    for (const std::string_view part : parts) {
        hash.update(std::to_string(part.size()) + ":");
        hash.update(part);
    }
    return hash.finish();
}

UploadResponse parse_answer(const std::string& json) {
    const boost::json::value value = boost::json::parse(json);
    const auto text = [](const boost::json::value& from, const char* name) {
        return std::string(from.at(name).as_string());
    };
    const boost::json::value& metadata = value.at("metadata");
    const auto& description = metadata.at("description");
    const auto* duplicate = value.as_object().if_contains("duplicate_of");
    return {.filename = text(value, "filename"),
            .path = text(value, "path"),
            .ctype = text(value, "ctype"),
            .size = value.at("size").to_number<std::int64_t>(),
            .metadata = {.description =
                             description.is_null() ? std::nullopt : std::optional(std::string(description.as_string())),
                         .full_path = text(metadata, "full_path")},
            .doc_id = value.at("doc_id").to_number<std::int64_t>(),
            .sha256 = text(value, "sha256"),
            .duplicate_of = duplicate != nullptr ? std::optional(duplicate->to_number<std::int64_t>()) : std::nullopt};
}

}  // namespace

api::Result<IdempotentRequest> name_request(std::int64_t user_id, std::string_view key, std::string_view filename,
                                            const UploadFields& fields, std::string_view sha256) {
    if (!is_key(key)) {
        return refuse_key("must have 1 to 255 characters, all of them printable ASCII");
    }
    const bool has_description = fields.description.has_value();
    return IdempotentRequest{.user_id = user_id,
                             .key = std::string(key),
                             .fingerprint = fingerprint_of({filename, fields.full_path, has_description ? "1" : "0",
                                                            fields.description.value_or(""), sha256})};
}

api::Result<std::optional<UploadResponse>> find_first_answer(db::Session& session, const IdempotentRequest& request) {
    const auto found = session.find<KeptAnswer>(
        "SELECT fingerprint, answer FROM Idempotency_Keys "
        "WHERE user_id = ? AND idempotency_key = ? AND created_at > ?",
        request.user_id, request.key, now() - kept);
    if (!found) {
        return std::nullopt;
    }
    if (found->fingerprint != request.fingerprint) {
        return refuse_key("was used for another upload");
    }
    return parse_answer(found->answer);
}

bool has_first_answer(db::Session& session, std::int64_t user_id, std::string_view key) {
    return is_key(key) &&
           session
               .find<std::int64_t>(
                   "SELECT user_id FROM Idempotency_Keys WHERE user_id = ? AND idempotency_key = ? AND created_at > ?",
                   user_id, key, now() - kept)
               .has_value();
}

void record_answer(db::Session& transaction, const IdempotentRequest& request, const UploadResponse& answer) {
    const Timestamp time = now();
    transaction.execute("DELETE FROM Idempotency_Keys WHERE user_id = ? AND idempotency_key = ? AND created_at <= ?",
                        request.user_id, request.key, time - kept);
    transaction.execute(
        "INSERT INTO Idempotency_Keys (user_id, idempotency_key, fingerprint, answer, created_at) "
        "VALUES (?, ?, ?, ?, ?)",
        request.user_id, request.key, request.fingerprint, schema::to_json(answer), time);
}

}  // namespace nassaq::documents
