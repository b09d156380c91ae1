#include "storage/azure.hpp"

#include <fmt/format.h>

#include <atomic>
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

    PieceSizes sizes() const override {
        return {.single_put = options_.single_put_bytes, .piece = options_.block_bytes, .most_pieces = most_blocks};
    }
    bool put(const NewRemoteBlob& blob, const FileRange& content, const std::string& sha256) override;
    std::unique_ptr<PiecewiseUpload> begin(NewRemoteBlob blob) override;
    std::unique_ptr<ResponseStream> get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                        std::string_view etag) override;
    std::optional<RemoteBlob> find(std::string_view name) override;
    void remove(std::string_view name, std::string_view etag) override;
    ListPage list(std::string_view prefix, std::string_view from) override;
    std::string url(std::string_view name) const override { return origin() + blob_path(name); }
    void check() override;
    std::size_t abort_unfinished(Timestamp) override { return 0; }

private:
    friend class AzureBlocks;

    Response commit_blocks(const NewRemoteBlob& blob, const std::vector<std::string>& block_ids);
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

void AzureService::add_blob_headers(Headers& headers, const NewRemoteBlob& blob) {
    headers.emplace_back("x-ms-blob-content-type", blob.content_type);
    headers.emplace_back(mark_header, blob.mark);
    headers.emplace_back("If-None-Match", "*");
}

bool AzureService::put(const NewRemoteBlob& blob, const FileRange& content, const std::string&) {
    Call call{
        .method = "PUT", .path = blob_path(blob.name), .headers = {{"x-ms-blob-type", "BlockBlob"}}, .body = content};
    add_blob_headers(call.headers, blob);
    const Response response = send_making_container(call);
    if (!is_taken(response)) {
        require_success("store a blob", response);
    }
    return response.is_success();
}

Response AzureService::commit_blocks(const NewRemoteBlob& blob, const std::vector<std::string>& block_ids) {
    std::string list = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
    for (const std::string& id : block_ids) {
        list += "<Uncommitted>" + id + "</Uncommitted>";
    }
    list += "</BlockList>";
    Call call{.method = "PUT", .path = blob_path(blob.name), .query = {{"comp", "blocklist"}}, .body = std::move(list)};
    add_blob_headers(call.headers, blob);
    return send(call);
}

/// Blocks of a blob that is not there yet.
class AzureBlocks final : public PiecewiseUpload {
public:
    AzureBlocks(AzureService& service, NewRemoteBlob blob) : service_(service), blob_(std::move(blob)) {}

    void send(std::size_t number, const FileRange& bytes) override {
        has_sent_ = true;
        const Response response =
            service_.send_making_container({.method = "PUT",
                                            .path = service_.blob_path(blob_.name),
                                            .query = {{"comp", "block"}, {"blockid", id_of(number)}},
                                            .body = bytes});
        require_success("store a block", response);
    }
    Completion complete(std::size_t count) override;
    void discard() override;

private:
    /// Of this upload alone: blocks of several uploads of one name lie side by side until one commits its own.
    [[nodiscard]] std::string id_of(std::size_t number) const {
        return digest::to_base64(fmt::format("{}-{:06}", blob_.mark, number));
    }
    void remove_empty(const NewRemoteBlob& empty);

    AzureService& service_;
    NewRemoteBlob blob_;
    std::atomic<bool> has_sent_ = false;
};

Completion AzureBlocks::complete(std::size_t count) {
    std::vector<std::string> ids;
    ids.reserve(count);
    for (std::size_t number = 0; number < count; ++number) {
        ids.push_back(id_of(number));
    }
    const Response response = service_.commit_blocks(blob_, ids);
    if (response.is_success()) {
        return Completion::stored;
    }
    if (is_taken(response)) {
        return Completion::taken;
    }
    // An upload that commits, or discards, throws away the blocks of every other one of the same name.
    if (error_code(response) == "InvalidBlockList") {
        return service_.find(blob_.name) ? Completion::taken : Completion::lost;
    }
    refuse("commit the blocks of a blob", response);
}

/// The service forgets blocks when another list of blocks is committed. So a blob of none is made and removed: under a
/// mark that is not the upload's, which nobody may take for stored.
void AzureBlocks::discard() {
    if (!has_sent_) {
        return;
    }
    NewRemoteBlob empty = blob_;
    empty.mark += "-discarded";
    try {
        const Response response = service_.commit_blocks(empty, {});
        const auto etag = http_client::find(response.headers, "etag");
        if (response.is_success() && etag) {
            return service_.remove(empty.name, *etag);
        }
        if (!is_taken(response)) {
            refuse("discard the blocks of a blob", response);
        }
    } catch (const http_client::NetworkError&) {
        remove_empty(empty);
        throw;
    }
    remove_empty(empty);
}

/// It may be there although its making was not answered, or was answered as if it were somebody else's.
void AzureBlocks::remove_empty(const NewRemoteBlob& empty) {
    const auto blob = service_.find(empty.name);
    if (blob && blob->mark == empty.mark) {
        service_.remove(empty.name, blob->etag);
    }
}

std::unique_ptr<PiecewiseUpload> AzureService::begin(NewRemoteBlob blob) {
    return std::make_unique<AzureBlocks>(*this, std::move(blob));
}

std::unique_ptr<ResponseStream> AzureService::get(std::string_view name, std::uint64_t offset, std::uint64_t length,
                                                  std::string_view etag) {
    Call call{.method = "GET", .path = blob_path(name), .headers = {{"x-ms-range", range_of(offset, length)}}};
    add_if_match(call.headers, etag);
    return take_bytes(client_.open([&] { return sign(call); }, request_deadline()), offset);
}

std::optional<RemoteBlob> AzureService::find(std::string_view name) {
    return read_blob_head(name, send({.method = "HEAD", .path = blob_path(name)}), mark_header);
}

void AzureService::remove(std::string_view name, std::string_view etag) {
    Call call{.method = "DELETE", .path = blob_path(name), .headers = {{"x-ms-delete-snapshots", "include"}}};
    add_if_match(call.headers, etag);
    const Response response = send(call);
    if (response.status != 404 && !is_taken(response)) {
        require_success("remove a blob", response);
    }
}

/// A name that XML cannot hold is percent-encoded, and marked so (List Blobs, since version 2021-02-12).
std::string read_name(const pugi::xml_node& name) {
    const std::string written = name.text().get();
    return name.attribute("Encoded").as_bool() ? text::percent_decode(written) : written;
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
    require_success("list blobs", response);
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
    if (options_.makes_container && response.status == 404 && error_code(response) == "ContainerNotFound") {
        make_container(request_deadline());
        response = send(call);
    }
    return response;
}

void AzureService::make_container(http_client::Deadline deadline) {
    const Response response =
        send({.method = "PUT", .path = container_path(), .query = {{"restype", "container"}}}, deadline);
    if (error_code(response) != "ContainerAlreadyExists") {
        require_success("make the container '" + options_.container + "'", response);
    }
}

/// Looks for a blob that is not there: a SAS need not be good for the container itself.
void AzureService::check() {
    const http_client::Deadline deadline = http_client::in(check_time);
    const Response response = send({.method = "HEAD", .path = blob_path("nassaq-readiness-check")}, deadline);
    const bool has_container = error_code(response) != "ContainerNotFound";
    if (!has_container && options_.makes_container) {
        make_container(deadline);
    } else if (!has_container || response.status != 404) {
        require_success("answer a readiness check", response);
    }
}

}  // namespace

std::unique_ptr<Storage> make_azure_storage(AzureOptions options) {
    return make_remote_storage(std::make_unique<AzureService>(std::move(options)));
}

}  // namespace nassaq::storage
