#include "documents/download.hpp"

#include "audit/reading_log.hpp"
#include "base/log.hpp"
#include "base/shown_name.hpp"
#include "documents/service.hpp"
#include "documents/verified_source.hpp"
#include "http/download.hpp"
#include "http/problem.hpp"

namespace nassaq::documents {
namespace {

/// The size of a document of the Python platform may be unknown to the database; the storage knows.
std::uint64_t size_of(api::Services& services, const StoredDocument& document, const std::string& blob) {
    if (document.size) {
        return static_cast<std::uint64_t>(*document.size);
    }
    const auto properties = services.storage.properties(blob);
    if (!properties) {
        throw http::Problem(404, "The stored file is missing.");
    }
    return properties->size;
}

}  // namespace

http::Response download_document(api::Services& services, const api::Caller& caller, const http::Request& request,
                                 std::int64_t doc_id, bool is_inline) {
    const StoredDocument document = require_document(services, caller, doc_id);
    const std::string blob = blob_name_of(document);
    // A browser saves it under that name, which may be of another program, or of before there was a rule.
    http::Download download{.filename = text::without_hidden_characters(document.filename),
                            .content_type = document.content_type.value_or("application/octet-stream"),
                            .size = size_of(services, document, blob),
                            .etag = document.sha256.value_or(""),
                            .last_modified = std::chrono::floor<std::chrono::seconds>(document.uploaded_at),
                            .is_inline = is_inline,
                            .open = {}};
    download.open = [&](std::uint64_t offset, std::uint64_t length) {
        auto source = services.storage.download_stream(blob, offset, length);
        if (!source) {
            log::error("the blob of a document is missing", {{"doc_id", doc_id}, {"blob", blob}});
            throw http::Problem(404, "The stored file is missing.");
        }
        if (services.storage.is_remote() && document.sha256 && offset == 0 && length == download.size) {
            source = std::make_unique<VerifiedSource>(std::move(source), length, *document.sha256);
        }
        services.reading_log.record(caller.user_id, doc_id);
        return source;
    };
    return http::send_download(request, download);
}

}  // namespace nassaq::documents
