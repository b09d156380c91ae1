#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "http_client/client.hpp"
#include "storage/storage.hpp"

namespace nassaq::storage {

/// An answer of the service that is neither what was asked for nor something that its caller expects.
class ServiceError : public std::runtime_error {
public:
    /// @param code  The service's own name of the error, as "AuthorizationFailure".
    ServiceError(std::string_view action, int status, std::string code);
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] const std::string& code() const { return code_; }

private:
    int status_;
    std::string code_;
};

/// @throws std::system_error with ENOSPC when the service says that it is full (507), else ServiceError.
[[noreturn]] void throw_service_error(std::string_view action, int status, const std::string& code);

/// What a service has of a blob.
struct RemoteBlob {
    BlobProperties properties;
    std::string etag;  ///< With its quotes.
    std::string mark;  ///< Of the upload that stored it (NewRemoteBlob); empty when it was another program's.
};

/// A blob that is to be stored.
struct NewRemoteBlob {
    std::string_view name;
    const SpoolFile& content;
    int fd = -1;  ///< The content, opened.
    std::string_view content_type;
    std::string_view mark;  ///< Kept with the blob: names this upload and no other.
    Overwrite overwrite = Overwrite::no;
};

struct ListPage {
    std::vector<BlobProperties> blobs;
    std::string next;  ///< Where the next page begins; empty after the last one.
};

/// What blob services do each in its own way; RemoteStorage makes a Storage of it. Each call is one request, or the few
/// that make up one operation, with their retries. All throw http_client::NetworkError and ServiceError besides what
/// they say. Safe to use from several threads.
class BlobService {
public:
    BlobService() = default;
    BlobService(const BlobService&) = delete;
    BlobService& operator=(const BlobService&) = delete;
    virtual ~BlobService() = default;

    /// Stores a blob whole or not at all. Makes the container when it is not there.
    /// @return false when there is such a blob, perhaps stored by this very request: its answer may have been lost, and
    /// the request sent again.
    virtual bool put(const NewRemoteBlob& blob) = 0;
    /// Opens at most `length` bytes (above 0) from `offset` on.
    /// @param etag  When not empty: only of this very blob. @return nothing when there is no such blob.
    virtual std::unique_ptr<http_client::ResponseStream> get(std::string_view name, std::uint64_t offset,
                                                             std::uint64_t length, std::string_view etag) = 0;
    virtual std::optional<RemoteBlob> find(std::string_view name) = 0;
    /// A blob that is not there, or not any more the one with this etag, is no error.
    virtual void remove(std::string_view name, std::string_view etag) = 0;
    /// In the order of the names. @param from  ListPage::next; empty for the first page.
    virtual ListPage list(std::string_view prefix, std::string_view from) = 0;
    [[nodiscard]] virtual std::string url(std::string_view name) const = 0;
    /// Throws when the container cannot be reached, or made, within a few seconds.
    virtual void check() = 0;
    /// Ends uploads that were begun before and never finished. @return how many.
    virtual std::size_t abort_unfinished(Timestamp before) = 0;
};

/// How long one request may take in all, its retries included: longer for a larger body.
http_client::Deadline request_deadline(std::uint64_t body_bytes = 0);

/// Calls `work` with the numbers from 0 to `count` - 1 on up to `threads` threads. After a failure no further one is
/// begun. @throws the first failure, once all threads are done.
void for_each_in_parallel(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace nassaq::storage
