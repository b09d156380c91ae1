#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http_client/client.hpp"
#include "storage/storage.hpp"

namespace nassaq::storage {

/// What a service has of a blob.
struct RemoteBlob {
    BlobProperties properties;
    std::string etag;  ///< With its quotes.
    std::string mark;  ///< Of the upload that stored it (NewRemoteBlob); empty when it was another program's.
};

/// A blob that is to be stored where there is none of its name.
struct NewRemoteBlob {
    std::string name;
    std::string content_type;
    std::string mark;  ///< Kept with the blob: names this upload and no other.
};

/// What became of an upload in pieces at its end.
enum class Completion {
    stored,
    taken,  ///< There is such a blob, perhaps stored by this very request (BlobService::put).
    lost,   ///< The service does not have all of its pieces any more, and there is no such blob.
};

/// A blob on its way to its service in pieces, of which it is made at the end. Safe to use from several threads. All
/// throw what a BlobService does.
class PiecewiseUpload {
public:
    PiecewiseUpload() = default;
    PiecewiseUpload(const PiecewiseUpload&) = delete;
    PiecewiseUpload& operator=(const PiecewiseUpload&) = delete;
    virtual ~PiecewiseUpload() = default;

    /// Sends one piece; the first has the number 0. In any order.
    virtual void send(std::size_t number, const http_client::FileRange& bytes) = 0;
    /// Makes the blob of the first `count` pieces, when all of them have been sent.
    virtual Completion complete(std::size_t count) = 0;
    /// Has the service forget what was sent and is no blob: when nothing more is on its way.
    virtual void discard() = 0;
};

/// How large the parts of a service's requests may be.
struct PieceSizes {
    std::uint64_t single_put = 0;  ///< Up to this size a blob goes in one request.
    std::uint64_t piece = 0;       ///< All pieces but the last are so long, or longer where there would be too many.
    std::uint64_t most_pieces = 0;
};

struct ListPage {
    std::vector<BlobProperties> blobs;
    std::string next;  ///< Where the next page begins; empty after the last one.
};

/// What blob services do each in its own way; RemoteStorage makes a Storage of it. Each call is one request, or the few
/// that make up one operation, with their retries. All throw http_client::NetworkError, and what refuse() does, besides
/// what they say. Safe to use from several threads.
class BlobService {
public:
    BlobService() = default;
    BlobService(const BlobService&) = delete;
    BlobService& operator=(const BlobService&) = delete;
    virtual ~BlobService() = default;

    [[nodiscard]] virtual PieceSizes sizes() const = 0;
    /// Stores a blob in one request. Makes the container when it is not there.
    /// @param sha256  of the content, hexadecimal
    /// @return false when there is such a blob, perhaps stored by this very request: its answer may have been lost, and
    /// the request sent again.
    virtual bool put(const NewRemoteBlob& blob, const http_client::FileRange& content, const std::string& sha256) = 0;
    /// Begins an upload in pieces; makes the container as put() does. The service outlives it.
    virtual std::unique_ptr<PiecewiseUpload> begin(NewRemoteBlob blob) = 0;
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
