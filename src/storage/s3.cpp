#include "storage/s3.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "storage/remote.hpp"
#include "storage/response_fields.hpp"
#include "storage/s3_answer.hpp"

namespace nassaq::storage::s3 {
namespace {

using http_client::FileRange;
using http_client::Headers;
using http_client::Request;
using http_client::Response;
using http_client::ResponseStream;
using http_client::size_of;

constexpr const char* mark_header = "x-amz-meta-nassaq-upload";
constexpr std::size_t parallel_parts = 4;
constexpr std::uint64_t most_parts = 10'000;
constexpr std::chrono::milliseconds check_time{5'000};

/// A request that has no signature yet. What it is about: an object, or the bucket when `key` is empty.
struct Call {
    std::string method;
    std::string_view key;
    Query query;
    Headers headers;
    http_client::Body body;
    std::string sha256;  ///< Of the body, hexadecimal; made when it is not known yet.
};

std::string hash_of(const Call& call) {
    if (!call.sha256.empty()) {
        return call.sha256;
    }
    const auto* range = std::get_if<FileRange>(&call.body);
    return text::to_hex(range != nullptr ? digest::sha256(*range) : digest::sha256(std::get<std::string>(call.body)));
}

class S3Service final : public BlobService {
public:
    explicit S3Service(S3Options options) : options_(std::move(options)), client_(options_.client) {
        const std::size_t host = options_.endpoint.find("://") + 3;
        scheme_ = options_.endpoint.substr(0, host);
        host_ = options_.endpoint.substr(host);
        if (options_.addressing == S3Addressing::virtual_host) {
            host_ = options_.bucket + "." + host_;
        }
    }

    bool put(const NewRemoteBlob& blob) override;
    std::unique_ptr<ResponseStream> get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                        std::string_view etag) override;
    std::optional<RemoteBlob> find(std::string_view name) override;
    void remove(std::string_view name, std::string_view etag) override;
    ListPage list(std::string_view prefix, std::string_view from) override;
    /// Path-style always: whoever takes the name out of it drops the first segment.
    std::string url(std::string_view name) const override {
        return options_.endpoint + "/" + options_.bucket + "/" + text::percent_encode(name, "/");
    }
    void check() override;
    std::size_t abort_unfinished(Timestamp before) override;

private:
    bool put_whole(const NewRemoteBlob& blob);
    bool put_in_parts(const NewRemoteBlob& blob);
    std::string begin_upload(const NewRemoteBlob& blob);
    std::string put_part(const NewRemoteBlob& blob, const std::string& upload_id, std::size_t number,
                         const FileRange& range);
    bool complete_upload(const NewRemoteBlob& blob, const std::string& upload_id,
                         const std::vector<std::string>& etags);
    void abort_upload(std::string_view name, const std::string& upload_id);
    void abort_quietly(std::string_view name, const std::string& upload_id) noexcept;
    Response send_making_bucket(const Call& call);
    void make_bucket(http_client::Deadline deadline);

    [[nodiscard]] std::string path_of(std::string_view key) const {
        const std::string bucket = options_.addressing == S3Addressing::path ? "/" + options_.bucket : "";
        if (key.empty()) return bucket.empty() ? "/" : bucket;
        return bucket + "/" + text::percent_encode(key, "/");
    }
    [[nodiscard]] Request sign(const Call& call, const std::string& hash) const;
    Response send(const Call& call, http_client::Deadline deadline);
    Response send(const Call& call) { return send(call, request_deadline(size_of(call.body))); }

    S3Options options_;
    std::string scheme_;
    std::string host_;
    http_client::Client client_;
};

Request S3Service::sign(const Call& call, const std::string& hash) const {
    const std::string path = path_of(call.key);
    Request request{.method = call.method,
                    .url = scheme_ + host_ + path + to_query_string(call.query),
                    .headers = call.headers,
                    .body = call.body};
    request.headers.emplace_back("Host", host_);
    request.headers.emplace_back("x-amz-content-sha256", hash);
    request.headers.emplace_back("x-amz-date",
                                 fmt::format("{:%Y%m%dT%H%M%SZ}", std::chrono::floor<std::chrono::seconds>(now())));
    if (!options_.credentials.session_token.empty()) {
        request.headers.emplace_back("x-amz-security-token", options_.credentials.session_token);
    }
    const S3SigningInput input{.method = call.method, .path = path, .query = call.query, .headers = request.headers};
    request.headers.emplace_back("Authorization", s3_authorization(input, options_.credentials, options_.region));
    return request;
}

Response S3Service::send(const Call& call, http_client::Deadline deadline) {
    const std::string hash = hash_of(call);
    return client_.send([&] { return sign(call, hash); }, deadline);
}

bool S3Service::put(const NewRemoteBlob& blob) {
    return blob.content.size() <= options_.single_put_bytes ? put_whole(blob) : put_in_parts(blob);
}

bool S3Service::put_whole(const NewRemoteBlob& blob) {
    Call call{.method = "PUT",
              .key = blob.name,
              .headers = {{"Content-Type", std::string(blob.content_type)}, {mark_header, std::string(blob.mark)}},
              .body = FileRange{.fd = blob.fd, .offset = 0, .length = blob.content.size()},
              .sha256 = blob.content.sha256()};
    if (blob.overwrite == Overwrite::no) {
        call.headers.emplace_back("If-None-Match", "*");
    }
    const Response response = send_making_bucket(call);
    if (!response.is_success() && !is_taken(response)) {
        refuse("store an object", response);
    }
    return response.is_success();
}

bool S3Service::put_in_parts(const NewRemoteBlob& blob) {
    if (blob.overwrite == Overwrite::no && find(blob.name)) {
        return false;  // Rather than send all of it first.
    }
    const std::uint64_t size = blob.content.size();
    const std::uint64_t part_size = std::max(options_.part_bytes, (size + most_parts - 1) / most_parts);
    const std::string upload_id = begin_upload(blob);
    try {
        std::vector<std::string> etags(static_cast<std::size_t>((size + part_size - 1) / part_size));
        for_each_in_parallel(etags.size(), parallel_parts, [&](std::size_t i) {
            const std::uint64_t offset = i * part_size;
            etags[i] = put_part(blob, upload_id, i + 1,
                                {.fd = blob.fd, .offset = offset, .length = std::min(part_size, size - offset)});
        });
        const bool completed = complete_upload(blob, upload_id, etags);
        if (!completed) {
            abort_quietly(blob.name, upload_id);
        }
        return completed;
    } catch (...) {
        abort_quietly(blob.name, upload_id);
        throw;
    }
}

std::string S3Service::begin_upload(const NewRemoteBlob& blob) {
    const Response response = send_making_bucket(
        {.method = "POST",
         .key = blob.name,
         .query = {{"uploads", ""}},
         .headers = {{"Content-Type", std::string(blob.content_type)}, {mark_header, std::string(blob.mark)}}});
    if (!response.is_success()) {
        refuse("begin an upload in parts", response);
    }
    std::string id = parse_xml(response.body).child("InitiateMultipartUploadResult").child("UploadId").text().get();
    if (id.empty()) {
        throw std::runtime_error("the storage service gave no id for an upload in parts");
    }
    return id;
}

/// @return its ETag.
std::string S3Service::put_part(const NewRemoteBlob& blob, const std::string& upload_id, std::size_t number,
                                const FileRange& range) {
    const Response response = send({.method = "PUT",
                                    .key = blob.name,
                                    .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}},
                                    .body = range});
    const auto etag = http_client::find(response.headers, "etag");
    if (!response.is_success() || !etag) {
        refuse("store a part", response);
    }
    return std::string(*etag);
}

bool S3Service::complete_upload(const NewRemoteBlob& blob, const std::string& upload_id,
                                const std::vector<std::string>& etags) {
    std::string list = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    for (std::size_t i = 0; i < etags.size(); ++i) {
        list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, etags[i]);
    }
    list += "</CompleteMultipartUpload>";
    Call call{.method = "POST",
              .key = blob.name,
              .query = {{"uploadId", upload_id}},
              .headers = {{"Content-Type", "application/xml"}},
              .body = std::move(list)};
    if (blob.overwrite == Overwrite::no) {
        call.headers.emplace_back("If-None-Match", "*");
    }
    const Response response = send(call);
    if (is_success(response)) {
        return true;
    }
    // The first answer may have been lost: then the upload has gone, and the object is ours.
    const bool is_over = error_code(response) == "NoSuchUpload";
    if (is_taken(response) || (is_over && find(blob.name))) {
        return false;
    }
    refuse("complete an upload in parts", response);
}

void S3Service::abort_upload(std::string_view name, const std::string& upload_id) {
    const Response response = send({.method = "DELETE", .key = name, .query = {{"uploadId", upload_id}}});
    if (!response.is_success() && response.status != 404) {
        refuse("abort an upload in parts", response);
    }
}

void S3Service::abort_quietly(std::string_view name, const std::string& upload_id) noexcept {
    try {
        abort_upload(name, upload_id);
    } catch (const std::exception& error) {
        log::warning("the parts of a failed upload remain; the janitor removes them later",
                     {{"blob_name", name}, {"error", error.what()}});
    }
}

std::unique_ptr<ResponseStream> S3Service::get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                               std::string_view etag) {
    Call call{
        .method = "GET", .key = name, .headers = {{"Range", fmt::format("bytes={}-{}", offset, offset + length - 1)}}};
    if (!etag.empty()) {
        call.headers.emplace_back("If-Match", etag);
    }
    const std::string hash = hash_of(call);
    auto stream = client_.open([&] { return sign(call, hash); }, request_deadline());
    const Response& head = stream->head();
    if (head.status == 404) {
        return nullptr;
    }
    if (!head.is_success()) {
        refuse("give an object", head);
    }
    require_range(head, offset);
    return stream;
}

std::optional<RemoteBlob> S3Service::find(std::string_view name) {
    const Response response = send({.method = "HEAD", .key = name});
    if (response.status == 404) {
        return std::nullopt;
    }
    if (!response.is_success()) {
        refuse("look for an object", response);
    }
    return read_blob_head(name, response, mark_header);
}

void S3Service::remove(std::string_view name, std::string_view etag) {
    Call call{.method = "DELETE", .key = name};
    if (!etag.empty()) {
        call.headers.emplace_back("If-Match", etag);
    }
    const Response response = send(call);
    if (!response.is_success() && response.status != 404 && !is_taken(response)) {
        refuse("remove an object", response);
    }
}

ListPage S3Service::list(std::string_view prefix, std::string_view from) {
    Call call{
        .method = "GET",
        .query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", std::to_string(options_.list_page)}}};
    if (!prefix.empty()) {
        call.query.emplace_back("prefix", prefix);
    }
    if (!from.empty()) {
        call.query.emplace_back("continuation-token", from);
    }
    const Response response = send(call);
    if (is_without_bucket(response)) {
        return {};
    }
    if (!response.is_success()) {
        refuse("list objects", response);
    }
    return read_list(response);
}

Response S3Service::send_making_bucket(const Call& call) {
    Response response = send(call);
    if (is_without_bucket(response)) {
        make_bucket(request_deadline());
        response = send(call);
    }
    return response;
}

void S3Service::make_bucket(http_client::Deadline deadline) {
    Call call{.method = "PUT"};
    if (options_.region != "us-east-1") {  // Which is where a bucket is by default, and must not be named.
        call.body =
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>" +
            options_.region + "</LocationConstraint></CreateBucketConfiguration>";
    }
    const Response response = send(call, deadline);
    if (!response.is_success() && error_code(response) != "BucketAlreadyOwnedByYou") {
        refuse("make the bucket '" + options_.bucket + "'", response);
    }
}

void S3Service::check() {
    const http_client::Deadline deadline = http_client::in(check_time);
    const Response response =
        send({.method = "GET", .query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", "nassaq-readiness-check"}}},
             deadline);
    if (is_without_bucket(response)) {
        make_bucket(deadline);
    } else if (!response.is_success()) {
        refuse("answer a readiness check", response);
    }
}

/// The first thousand; the others' turn comes when those are gone. Whose they are cannot be seen.
std::size_t S3Service::abort_unfinished(Timestamp before) {
    const Response response = send({.method = "GET", .query = {{"uploads", ""}}});
    if (is_without_bucket(response)) {
        return 0;
    }
    if (!response.is_success()) {
        refuse("list unfinished uploads", response);
    }
    const pugi::xml_document document = parse_xml(response.body);
    std::size_t aborted = 0;
    for (const pugi::xml_node& upload : document.child("ListMultipartUploadsResult").children("Upload")) {
        if (read_iso_date(upload.child("Initiated").text().get()) < before) {
            abort_upload(upload.child("Key").text().get(), upload.child("UploadId").text().get());
            ++aborted;
        }
    }
    return aborted;
}

}  // namespace
}  // namespace nassaq::storage::s3

namespace nassaq::storage {

std::unique_ptr<Storage> make_s3_storage(S3Options options) {
    return make_remote_storage(std::make_unique<s3::S3Service>(std::move(options)));
}

}  // namespace nassaq::storage
