#include "documents/download.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "audit/reading_log.hpp"
#include "base/log.hpp"
#include "base/shown_name.hpp"
#include "documents/content_type.hpp"
#include "documents/filename.hpp"
#include "documents/service.hpp"
#include "documents/verified_source.hpp"
#include "http/download.hpp"
#include "ocr/charset.hpp"

namespace nassaq::documents {
namespace {

using api::Result;

/// @return false when the file is nowhere else either.
bool follow(Services& services, std::int64_t doc_id, StoredFile& file) {
    auto place = file.is_current ? services.finder.follow(doc_id, file.place) : std::nullopt;
    if (place) {
        file.place = std::move(*place);
    }
    return place.has_value();
}

std::unexpected<api::Refusal> refuse_missing_file() {
    return api::refuse(RefusalCode::file_missing, "The stored file is missing.");
}

/// The size of a document of the Python platform may be unknown to the database; the storage knows. A document's file
/// may have been moved by another program: then `file` says where it is now.
Result<std::uint64_t> size_of(Services& services, std::int64_t doc_id, StoredFile& file) {
    if (file.size) {
        return static_cast<std::uint64_t>(*file.size);
    }
    auto properties = services.storage.properties(file.place);
    if (!properties && follow(services, doc_id, file)) {
        properties = services.storage.properties(file.place);
    }
    if (!properties) {
        return refuse_missing_file();
    }
    return properties->size;
}

/// The beginning of a stored file; less when it is shorter.
std::string read_beginning(Services& services, const std::string& blob, std::uint64_t length) {
    std::string bytes(length, '\0');
    std::size_t read = 0;
    if (const auto source = services.storage.download_stream(blob, 0, length)) {
        for (std::size_t count = 1; count > 0 && read < bytes.size(); read += count) {
            count = source->read(std::span(bytes).subspan(read));
        }
    }
    bytes.resize(read);
    return bytes;
}

/// The type that a browser is to show a file as: what its extension stands for, for its uploader may have said
/// anything. Of a text with its character set, as extraction finds it; what that cannot tell, the browser may guess.
std::string shown_type(Services& services, const std::string& filename, const std::string& blob, std::uint64_t size) {
    std::string type(content_type_of(extension_of(filename)));
    if (!type.starts_with("text/")) {
        return type;
    }
    const auto charset =
        ocr::find_charset(read_beginning(services, blob, std::min<std::uint64_t>(size, ocr::charset_sample_bytes)));
    return charset ? type.append("; charset=").append(ocr::name_of(*charset)) : type;
}

/// A document shown in a browser is nobody's program (w3.org/TR/CSP3, 6.4): no script, no form, no origin. Viewers of
/// PDFs, which have a sandbox of their own, refuse to work in another.
void confine(http::Response& response, std::string_view content_type) {
    if (content_type != "application/pdf") {
        response.headers.add("content-security-policy", "sandbox");
    }
}

}  // namespace

Result<http::Response> send_file(Services& services, const api::Caller& caller, const http::Request& request,
                                 std::int64_t doc_id, StoredFile file, bool is_inline) {
    const auto size = size_of(services, doc_id, file);
    if (!size) {
        return std::unexpected(size.error());
    }
    // A browser saves it under that name, which may be of another program, or of before there was a rule.
    http::Download download{.filename = text::without_hidden_characters(file.filename),
                            .content_type = file.content_type.value_or("application/octet-stream"),
                            .size = *size,
                            .etag = file.sha256.value_or(""),
                            .last_modified = std::chrono::floor<std::chrono::seconds>(file.stored_at),
                            .is_inline = is_inline,
                            .open = {}};
    download.open = [&](std::uint64_t offset, std::uint64_t length) {
        auto source = services.storage.download_stream(file.place, offset, length);
        if (!source && follow(services, doc_id, file)) {
            source = services.storage.download_stream(file.place, offset, length);
        }
        if (!source) {
            log::error("the blob of a document is missing", {{"doc_id", doc_id}, {"blob", file.place}});
            return source;
        }
        if (file.sha256 && offset == 0 && length == download.size && services.storage.crosses_network(file.place)) {
            source = std::make_unique<VerifiedSource>(std::move(source), length, *file.sha256);
        }
        services.reading_log.record(caller.user_id, doc_id);
        return source;
    };
    if (is_inline) {
        download.content_type = shown_type(services, file.filename, file.place, download.size);
    }
    auto response = http::send_download(request, download);
    if (!response) {
        return refuse_missing_file();
    }
    if (is_inline) {
        confine(*response, download.content_type);
    }
    return std::move(*response);
}

Result<http::Response> download_document(Services& services, const api::Caller& caller, const http::Request& request,
                                         std::int64_t doc_id, bool is_inline) {
    auto document = require_document(services, caller, doc_id);
    if (!document) {
        return std::unexpected(document.error());
    }
    return send_file(services, caller, request, doc_id,
                     {.filename = std::move(document->filename),
                      .place = std::move(document->place),
                      .size = document->size,
                      .content_type = std::move(document->content_type),
                      .sha256 = std::move(document->sha256),
                      .stored_at = document->stored_at,
                      .is_current = true},
                     is_inline);
}

}  // namespace nassaq::documents
