#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.hpp"
#include "base/clock.hpp"
#include "base/spool.hpp"

/// Where the bytes of documents are kept. A blob's name is UTF-8 with '/' between its segments, as in
/// "contracts/2024/lease.pdf"; it is never empty and has no empty, "." or ".." segment. What begins with '/' is the
/// name of a blob in the second container (second_container.hpp).
namespace nassaq::storage {

struct BlobProperties {
    std::string name;
    std::uint64_t size = 0;
    Timestamp last_modified;
};

/// Whether a blob may be called so.
[[nodiscard]] bool is_blob_name(std::string_view name);
/// @throws std::invalid_argument when `name` is no name of a blob: it is empty, holds a NUL, or one of its segments is
/// empty, "." or "..".
void require_blob_name(std::string_view name);

/// The blob that a URL means: its path without the first segment, percent-decoded, as the Python platform reads it;
/// what is no URL is the name itself. Empty when it means none.
[[nodiscard]] std::string blob_name_in_url(std::string_view url);

enum class UploadError { already_exists };

/// Tells the media type of a file by its first bytes; nothing when it is none that may be stored. May throw.
using FindContentType = std::function<std::optional<std::string>(const std::filesystem::path&)>;

/// A file that is only beginning to be written, as far as it is known what it will be.
struct ExpectedUpload {
    std::string name;                     ///< Of the blob.
    std::optional<std::uint64_t> length;  ///< About so many bytes, if that was announced.
    FindContentType find_content_type;    ///< Called at most once, on another thread, when the first bytes are there.
};

/// Safe to use from several threads. What a caller cannot handle (a full disk, a service that is away) is thrown as
/// std::system_error or std::runtime_error.
class Storage {
public:
    Storage() = default;
    Storage(const Storage&) = delete;
    Storage& operator=(const Storage&) = delete;
    virtual ~Storage() = default;

    /// Stores the content of a finished spool file, durably, before it returns, and never in the place of another blob.
    /// Nothing of a failed upload remains. Over a network the same spool file may be found stored already, by an
    /// earlier call whose answer was lost.
    virtual std::expected<void, UploadError> upload(std::string_view name, const SpoolFile& content,
                                                    std::string_view content_type) = 0;
    /// Sends a file while it is being written, where that is gained by it: for SpoolFile::take_along(). What is sent
    /// becomes a blob when upload() is called with that file and what was expected of it, and not before; of what
    /// does not become one nothing remains. What hinders it is no error: upload() then sends the whole file.
    /// @return nullptr where it is not done.
    virtual std::unique_ptr<SpoolCompanion> send_early(ExpectedUpload expected, const SpoolFile& content) = 0;
    /// Has a finished spool file take no place of its own when it holds the same bytes as a blob, where the storage
    /// can: to be called before upload(). What hinders it is no error.
    virtual void share_bytes(std::string_view name, const SpoolFile& content) = 0;
    /// Opens `length` bytes from `offset` on. @return nothing when there is no such blob.
    virtual std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                        std::uint64_t length) = 0;
    /// Gives the blob's bytes a second name, at a path where nothing is, for somebody who only reads them: where the
    /// storage is on the same disk. @return false when that is not possible, or there is no such blob.
    virtual bool link(std::string_view name, const std::filesystem::path& file) = 0;
    /// A blob that is not there is no error.
    virtual void remove(std::string_view name) = 0;
    virtual bool exists(std::string_view name) = 0;
    virtual std::optional<BlobProperties> properties(std::string_view name) = 0;
    /// Calls `visit` for each blob whose name begins with `prefix`, until it returns false.
    virtual void list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) = 0;

    /// The URL that other programs know the blob by: percent-encoded, its first path segment the container.
    [[nodiscard]] virtual std::string url(std::string_view name) const = 0;
    /// Whether `name` is there and was stored from the very file that `leftover` is, that is, whether the process that
    /// wrote the spool file has stored it.
    virtual bool is_stored_from(std::string_view name, const std::filesystem::path& leftover) = 0;
    /// Whether a blob was stored by Nassaq, not by another program that uses the same container.
    virtual bool was_stored_here(std::string_view name) = 0;
    /// Whether calls go over a network, all or those for some blobs, so that they block for long.
    [[nodiscard]] virtual bool is_remote() const = 0;
    /// Whether the bytes of this blob come over a network, so that they may be damaged on the way.
    [[nodiscard]] virtual bool crosses_network(std::string_view name) const = 0;
    /// Ends uploads of any process that were begun before and never finished. @return how many.
    virtual std::size_t abort_unfinished(Timestamp before) = 0;
    /// Throws when the storage cannot be used now (readiness).
    virtual void check() = 0;
};

}  // namespace nassaq::storage
