#include "storage/s3.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/digest.hpp"
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
constexpr std::uint64_t most_parts = 10'000;
constexpr std::chrono::milliseconds check_time{5'000};

/// A request that has no signature yet. What it is about: an object, or the bucket when `key` is empty.
struct Call {
    std::string method;
    std::string_view key;
    Query query;
    Headers headers;
    http_client::Body body;
    std::string sha256;  ///< Of the body, hexadecimal, if it is known.
};

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

    PieceSizes sizes() const override {
        return {.single_put = options_.single_put_bytes, .piece = options_.part_bytes, .most_pieces = most_parts};
    }
    bool put(const NewRemoteBlob& blob, const FileRange& content, const std::string& sha256) override;
    std::unique_ptr<PiecewiseUpload> begin(NewRemoteBlob blob) override;
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
    friend class S3Parts;

    void abort_upload(std::string_view name, const std::string& upload_id);
    Response send_making_bucket(const Call& call);
    void make_bucket(http_client::Deadline deadline);

    [[nodiscard]] std::string path_of(std::string_view key) const {
        const std::string bucket = options_.addressing == S3Addressing::path ? "/" + options_.bucket : "";
        if (key.empty()) return bucket.empty() ? "/" : bucket;
        return bucket + "/" + text::percent_encode(key, "/");
    }
    [[nodiscard]] std::string hash_of(const Call& call) const;
    [[nodiscard]] Request sign(const Call& call, const std::string& hash) const;
    Response send(const Call& call, http_client::Deadline deadline);
    Response send(const Call& call) { return send(call, request_deadline(size_of(call.body))); }

    S3Options options_;
    std::string scheme_;
    std::string host_;
    http_client::Client client_;
};

/// Of the body, as it is signed. What a signature over TLS leaves out of a file is safe there all the same ("Signing
/// and authenticating REST requests", Amazon S3 API Reference), and a second hash of all bytes would be the dearest
/// part of an upload.
std::string S3Service::hash_of(const Call& call) const {
    if (!call.sha256.empty()) {
        return call.sha256;
    }
    const auto* range = std::get_if<FileRange>(&call.body);
    if (range != nullptr && scheme_ == "https://") {
        return "UNSIGNED-PAYLOAD";
    }
    return text::to_hex(range != nullptr ? digest::sha256(*range) : digest::sha256(std::get<std::string>(call.body)));
}

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

bool S3Service::put(const NewRemoteBlob& blob, const FileRange& content, const std::string& sha256) {
    const Call call{.method = "PUT",
                    .key = blob.name,
                    .headers = {{"Content-Type", blob.content_type}, {mark_header, blob.mark}, {"If-None-Match", "*"}},
                    .body = content,
                    .sha256 = sha256};
    const Response response = send_making_bucket(call);
    if (!is_taken(response)) {
        require_success("store an object", response);
    }
    return response.is_success();
}

/// Parts of an object that is not there yet.
class S3Parts final : public PiecewiseUpload {
public:
    S3Parts(S3Service& service, NewRemoteBlob blob, std::string upload_id)
        : service_(service), blob_(std::move(blob)), upload_id_(std::move(upload_id)) {}

    void send(std::size_t number, const FileRange& bytes) override;
    Completion complete(std::size_t count) override;
    void discard() override { service_.abort_upload(blob_.name, upload_id_); }

private:
    std::string list_parts(std::size_t count);

    S3Service& service_;
    NewRemoteBlob blob_;
    std::string upload_id_;
    std::mutex mutex_;
    std::map<std::size_t, std::string> etags_;  ///< Of the parts that have been sent.
};

void S3Parts::send(std::size_t number, const FileRange& bytes) {
    const Response response =
        service_.send({.method = "PUT",
                       .key = blob_.name,
                       .query = {{"partNumber", std::to_string(number + 1)}, {"uploadId", upload_id_}},
                       .body = bytes});
    const auto etag = http_client::find(response.headers, "etag");
    if (!response.is_success() || !etag) {
        refuse("store a part", response);
    }
    const std::scoped_lock lock(mutex_);
    etags_[number] = *etag;
}

std::string S3Parts::list_parts(std::size_t count) {
    const std::scoped_lock lock(mutex_);
    std::string list = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
    for (std::size_t number = 0; number < count; ++number) {
        list += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", number + 1, etags_.at(number));
    }
    return list + "</CompleteMultipartUpload>";
}

Completion S3Parts::complete(std::size_t count) {
    const Call call{.method = "POST",
                    .key = blob_.name,
                    .query = {{"uploadId", upload_id_}},
                    .headers = {{"Content-Type", "application/xml"}, {"If-None-Match", "*"}},
                    .body = list_parts(count)};
    const Response response = service_.send(call);
    if (is_success(response)) {
        return Completion::stored;
    }
    if (is_taken(response)) {
        return Completion::taken;
    }
    // The first answer may have been lost: then the upload has gone, and the object is ours.
    if (error_code(response) == "NoSuchUpload") {
        return service_.find(blob_.name) ? Completion::taken : Completion::lost;
    }
    refuse("complete an upload in parts", response);
}

std::unique_ptr<PiecewiseUpload> S3Service::begin(NewRemoteBlob blob) {
    const Response response =
        send_making_bucket({.method = "POST",
                            .key = blob.name,
                            .query = {{"uploads", ""}},
                            .headers = {{"Content-Type", blob.content_type}, {mark_header, blob.mark}}});
    require_success("begin an upload in parts", response);
    std::string id = parse_xml(response.body).child("InitiateMultipartUploadResult").child("UploadId").text().get();
    if (id.empty()) {
        throw std::runtime_error("the storage service gave no id for an upload in parts");
    }
    return std::make_unique<S3Parts>(*this, std::move(blob), std::move(id));
}

void S3Service::abort_upload(std::string_view name, const std::string& upload_id) {
    const Response response = send({.method = "DELETE", .key = name, .query = {{"uploadId", upload_id}}});
    if (response.status != 404) {
        require_success("abort an upload in parts", response);
    }
}

std::unique_ptr<ResponseStream> S3Service::get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                               std::string_view etag) {
    Call call{.method = "GET", .key = name, .headers = {{"Range", range_of(offset, length)}}};
    add_if_match(call.headers, etag);
    const std::string hash = hash_of(call);
    return take_bytes(client_.open([&] { return sign(call, hash); }, request_deadline()), offset);
}

std::optional<RemoteBlob> S3Service::find(std::string_view name) {
    return read_blob_head(name, send({.method = "HEAD", .key = name}), mark_header);
}

void S3Service::remove(std::string_view name, std::string_view etag) {
    Call call{.method = "DELETE", .key = name};
    add_if_match(call.headers, etag);
    const Response response = send(call);
    if (response.status != 404 && !is_taken(response)) {
        require_success("remove an object", response);
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
    require_success("list objects", response);
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
    if (error_code(response) != "BucketAlreadyOwnedByYou") {
        require_success("make the bucket '" + options_.bucket + "'", response);
    }
}

void S3Service::check() {
    const http_client::Deadline deadline = http_client::in(check_time);
    const Response response =
        send({.method = "GET", .query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", "nassaq-readiness-check"}}},
             deadline);
    if (is_without_bucket(response)) {
        make_bucket(deadline);
    } else {
        require_success("answer a readiness check", response);
    }
}

/// The first thousand; the others' turn comes when those are gone. Whose they are cannot be seen.
std::size_t S3Service::abort_unfinished(Timestamp before) {
    const Response response = send({.method = "GET", .query = {{"uploads", ""}}});
    if (is_without_bucket(response)) {
        return 0;
    }
    require_success("list unfinished uploads", response);
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
