#include "storage/azure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "storage/azure_signature.hpp"
#include "storage/remote.hpp"
#include "storage/response_fields.hpp"

namespace nassaq::storage {
namespace {

using http_client::FileRange;
using http_client::Headers;
using http_client::Request;
using http_client::Response;
using http_client::ResponseStream;
using http_client::size_of;

constexpr const char* api_version = "2021-12-02";
constexpr const char* mark_header = "x-ms-meta-nassaq_upload";
constexpr std::size_t parallel_blocks = 4;
constexpr std::uint64_t most_blocks = 50'000;
constexpr std::chrono::milliseconds check_time{5'000};

/// A request that has no signature yet.
struct Call {
    std::string method;
    std::string path;  ///< Percent-encoded.
    Query query;
    Headers headers;
    http_client::Body body;
};

/// The path of an endpoint: empty, or "/ACCOUNT" of a path-style one.
std::string path_of(const std::string& endpoint) {
    const std::size_t slash = endpoint.find('/', endpoint.find("://") + 3);
    return slash == std::string::npos ? "" : endpoint.substr(slash);
}

/// The service's name of an error. An answer to HEAD has it in the header only.
std::string error_code(const Response& response) {
    if (const auto code = http_client::find(response.headers, "x-ms-error-code")) {
        return std::string(*code);
    }
    pugi::xml_document document;
    document.load_buffer(response.body.data(), response.body.size());
    return document.child("Error").child("Code").text().get();
}

[[noreturn]] void refuse(std::string_view action, const Response& response) {
    throw_service_error(action, response.status, error_code(response));
}

bool is_taken(const Response& response) {
    constexpr int conflict = 409;
    constexpr int precondition_failed = 412;
    const std::string code = error_code(response);
    return (response.status == conflict && code == "BlobAlreadyExists") ||
           (response.status == precondition_failed && code == "ConditionNotMet");
}

class AzureService final : public BlobService {
public:
    explicit AzureService(AzureOptions options)
        : options_(std::move(options)),
          endpoint_path_(path_of(options_.connection.endpoint)),
          client_(options_.client) {}

    bool put(const NewRemoteBlob& blob) override;
    std::unique_ptr<ResponseStream> get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                        std::string_view etag) override;
    std::optional<RemoteBlob> find(std::string_view name) override;
    void remove(std::string_view name, std::string_view etag) override;
    ListPage list(std::string_view prefix, std::string_view from) override;
    std::string url(std::string_view name) const override { return origin() + blob_path(name); }
    void check() override;
    std::size_t abort_unfinished(Timestamp) override { return 0; }

private:
    bool put_whole(const NewRemoteBlob& blob);
    bool put_in_blocks(const NewRemoteBlob& blob);
    void put_block(const NewRemoteBlob& blob, const std::string& block_id, const FileRange& range);
    bool commit_blocks(const NewRemoteBlob& blob, const std::vector<std::string>& block_ids);
    static void add_blob_headers(Headers& headers, const NewRemoteBlob& blob);
    Response send_making_container(const Call& call);
    void make_container(http_client::Deadline deadline);

    [[nodiscard]] std::string origin() const {
        return options_.connection.endpoint.substr(0, options_.connection.endpoint.size() - endpoint_path_.size());
    }
    [[nodiscard]] std::string container_path() const { return endpoint_path_ + "/" + options_.container; }
    [[nodiscard]] std::string blob_path(std::string_view name) const {
        return container_path() + "/" + text::percent_encode(name, "/");
    }
    [[nodiscard]] Request sign(const Call& call) const;
    Response send(const Call& call, http_client::Deadline deadline) {
        return client_.send([&] { return sign(call); }, deadline);
    }
    Response send(const Call& call) { return send(call, request_deadline(size_of(call.body))); }

    AzureOptions options_;
    std::string endpoint_path_;
    http_client::Client client_;
};

Request AzureService::sign(const Call& call) const {
    const AzureConnection& connection = options_.connection;
    Request request{.method = call.method,
                    .url = origin() + call.path + to_query_string(call.query),
                    .headers = call.headers,
                    .body = call.body};
    request.headers.emplace_back("x-ms-version", api_version);
    if (!connection.sas.empty()) {
        request.url += (call.query.empty() ? "?" : "&") + connection.sas;
        return request;
    }
    request.headers.emplace_back("x-ms-date", to_http_date(std::chrono::floor<std::chrono::seconds>(now())));
    const std::string text = azure_string_to_sign(call.method, request.headers, connection.account, call.path,
                                                  call.query, size_of(call.body));
    request.headers.emplace_back("Authorization", azure_authorization(connection.account, connection.key, text));
    return request;
}

bool AzureService::put(const NewRemoteBlob& blob) {
    return blob.content.size() <= options_.single_put_bytes ? put_whole(blob) : put_in_blocks(blob);
}

void AzureService::add_blob_headers(Headers& headers, const NewRemoteBlob& blob) {
    headers.emplace_back("x-ms-blob-content-type", blob.content_type);
    headers.emplace_back(mark_header, blob.mark);
    if (blob.overwrite == Overwrite::no) {
        headers.emplace_back("If-None-Match", "*");
    }
}

bool AzureService::put_whole(const NewRemoteBlob& blob) {
    const FileRange range{.fd = blob.fd, .offset = 0, .length = blob.content.size()};
    Call call{.method = "PUT",
              .path = blob_path(blob.name),
              .headers = {{"x-ms-blob-type", "BlockBlob"}, {"Content-MD5", digest::to_base64(digest::md5(range))}},
              .body = range};
    add_blob_headers(call.headers, blob);
    const Response response = send_making_container(call);
    if (!response.is_success() && !is_taken(response)) {
        refuse("store a blob", response);
    }
    return response.is_success();
}

bool AzureService::put_in_blocks(const NewRemoteBlob& blob) {
    if (blob.overwrite == Overwrite::no && find(blob.name)) {
        return false;  // Rather than send all of it first.
    }
    const std::uint64_t size = blob.content.size();
    const std::uint64_t block_size = std::max(options_.block_bytes, (size + most_blocks - 1) / most_blocks);
    std::vector<std::string> block_ids;
    for (std::uint64_t offset = 0; offset < size; offset += block_size) {
        // Of this upload alone: blocks of several uploads of one name lie side by side until one commits its own.
        block_ids.push_back(digest::to_base64(fmt::format("{}-{:06}", blob.mark, block_ids.size())));
    }
    for_each_in_parallel(block_ids.size(), parallel_blocks, [&](std::size_t i) {
        const std::uint64_t offset = i * block_size;
        put_block(blob, block_ids[i], {.fd = blob.fd, .offset = offset, .length = std::min(block_size, size - offset)});
    });
    return commit_blocks(blob, block_ids);
}

void AzureService::put_block(const NewRemoteBlob& blob, const std::string& block_id, const FileRange& range) {
    const Response response =
        send_making_container({.method = "PUT",
                               .path = blob_path(blob.name),
                               .query = {{"comp", "block"}, {"blockid", block_id}},
                               .headers = {{"Content-MD5", digest::to_base64(digest::md5(range))}},
                               .body = range});
    if (!response.is_success()) {
        refuse("store a block", response);
    }
}

bool AzureService::commit_blocks(const NewRemoteBlob& blob, const std::vector<std::string>& block_ids) {
    std::string list = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
    for (const std::string& id : block_ids) {
        list += "<Uncommitted>" + id + "</Uncommitted>";
    }
    list += "</BlockList>";
    Call call{.method = "PUT", .path = blob_path(blob.name), .query = {{"comp", "blocklist"}}, .body = std::move(list)};
    add_blob_headers(call.headers, blob);
    const Response response = send(call);
    if (response.is_success()) {
        return true;
    }
    // An upload that commits throws away the blocks of every other one of the same name.
    const bool lost_blocks = error_code(response) == "InvalidBlockList" && blob.overwrite == Overwrite::no;
    if (is_taken(response) || (lost_blocks && find(blob.name))) {
        return false;
    }
    refuse("commit the blocks of a blob", response);
}

std::unique_ptr<ResponseStream> AzureService::get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                                  std::string_view etag) {
    Call call{.method = "GET",
              .path = blob_path(name),
              .headers = {{"x-ms-range", fmt::format("bytes={}-{}", offset, offset + length - 1)}}};
    if (!etag.empty()) {
        call.headers.emplace_back("If-Match", etag);
    }
    auto stream = client_.open([&] { return sign(call); }, request_deadline());
    const Response& head = stream->head();
    if (head.status == 404) {
        return nullptr;
    }
    if (!head.is_success()) {
        refuse("give a blob", head);
    }
    require_range(head, offset);
    return stream;
}

std::optional<RemoteBlob> AzureService::find(std::string_view name) {
    const Response response = send({.method = "HEAD", .path = blob_path(name)});
    if (response.status == 404) {
        return std::nullopt;
    }
    if (!response.is_success()) {
        refuse("look for a blob", response);
    }
    return read_blob_head(name, response, mark_header);
}

void AzureService::remove(std::string_view name, std::string_view etag) {
    Call call{.method = "DELETE", .path = blob_path(name), .headers = {{"x-ms-delete-snapshots", "include"}}};
    if (!etag.empty()) {
        call.headers.emplace_back("If-Match", etag);
    }
    const Response response = send(call);
    if (!response.is_success() && response.status != 404 && !is_taken(response)) {
        refuse("remove a blob", response);
    }
}

/// A name that XML cannot hold is percent-encoded, and marked so (List Blobs, since version 2021-02-12).
std::string read_name(const pugi::xml_node& name) {
    const std::string text = name.text().get();
    return name.attribute("Encoded").as_bool() ? percent_decode(text) : text;
}

ListPage AzureService::list(std::string_view prefix, std::string_view from) {
    Call call{
        .method = "GET",
        .path = container_path(),
        .query = {{"restype", "container"}, {"comp", "list"}, {"maxresults", std::to_string(options_.list_page)}}};
    if (!prefix.empty()) {
        call.query.emplace_back("prefix", prefix);
    }
    if (!from.empty()) {
        call.query.emplace_back("marker", from);
    }
    const Response response = send(call);
    if (response.status == 404 && error_code(response) == "ContainerNotFound") {
        return {};
    }
    if (!response.is_success()) {
        refuse("list blobs", response);
    }
    const pugi::xml_document document = parse_xml(response.body);
    const pugi::xml_node root = document.child("EnumerationResults");
    ListPage page{.next = root.child("NextMarker").text().get()};
    for (const pugi::xml_node& blob : root.child("Blobs").children("Blob")) {
        const pugi::xml_node properties = blob.child("Properties");
        if (std::string_view(properties.child("ResourceType").text().get()) == "directory") {
            continue;  // Of an account with a hierarchical namespace.
        }
        page.blobs.push_back({.name = read_name(blob.child("Name")),
                              .size = properties.child("Content-Length").text().as_ullong(),
                              .last_modified = read_http_date(properties.child("Last-Modified").text().get())});
    }
    return page;
}

/// Sends it once more when it was refused because there is no container yet.
Response AzureService::send_making_container(const Call& call) {
    Response response = send(call);
    if (response.status == 404 && error_code(response) == "ContainerNotFound") {
        make_container(request_deadline());
        response = send(call);
    }
    return response;
}

void AzureService::make_container(http_client::Deadline deadline) {
    const Response response =
        send({.method = "PUT", .path = container_path(), .query = {{"restype", "container"}}}, deadline);
    if (!response.is_success() && error_code(response) != "ContainerAlreadyExists") {
        refuse("make the container '" + options_.container + "'", response);
    }
}

/// Looks for a blob that is not there: a SAS need not be good for the container itself.
void AzureService::check() {
    const http_client::Deadline deadline = http_client::in(check_time);
    const Response response = send({.method = "HEAD", .path = blob_path("nassaq-readiness-check")}, deadline);
    if (response.status == 404 && error_code(response) == "ContainerNotFound") {
        make_container(deadline);
    } else if (!response.is_success() && response.status != 404) {
        refuse("answer a readiness check", response);
    }
}

}  // namespace

std::unique_ptr<Storage> make_azure_storage(AzureOptions options) {
    return make_remote_storage(std::make_unique<AzureService>(std::move(options)));
}

}  // namespace nassaq::storage
