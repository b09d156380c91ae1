#include "storage/remote.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "storage/early_upload.hpp"
#include "storage/sender_threads.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;
using http_client::FileRange;
using http_client::NetworkError;
using http_client::ResponseStream;

/// How often a download goes on after a break without a byte having come in between.
constexpr int resumptions = 4;
/// Of all uploads that are sent while they come in. They wait for the network.
constexpr std::size_t early_threads = 16;
/// How often an upload in pieces begins again because others of its name have thrown its pieces away.
constexpr int lost_uploads = 3;

class EmptySource final : public ByteSource {
public:
    std::size_t read(std::span<char>) override { return 0; }
};

/// Part of a blob.
class RemoteSource final : public ByteSource {
public:
    RemoteSource(BlobService& service, std::string name, std::uint64_t offset, std::uint64_t length,
                 std::unique_ptr<ResponseStream> stream)
        : service_(service), name_(std::move(name)), offset_(offset), left_(length), stream_(std::move(stream)) {
        etag_ = http_client::find(stream_->head().headers, "etag").value_or("");
    }

    std::size_t read(std::span<char> buffer) override {
        if (left_ == 0 || buffer.empty()) {
            return 0;
        }
        for (int failures = 0;;) {
            try {
                return read_some(buffer);
            } catch (const NetworkError& error) {
                if (!error.may_pass() || ++failures > resumptions) {
                    throw;
                }
                log::warning("a download from the storage broke and goes on",
                             {{"blob_name", name_}, {"error", error.what()}, {"bytes_left", left_}});
                stream_.reset();
            }
        }
    }

private:
    std::size_t read_some(std::span<char> buffer) {
        if (!stream_) {
            reopen();
        }
        const std::size_t count = stream_->read(buffer);
        if (count == 0) {
            throw NetworkError("the storage service's answer ended early", true);
        }
        if (count > left_) {
            throw std::runtime_error("the storage service answered more than was asked for");
        }
        offset_ += count;
        left_ -= count;
        if (left_ == 0) {
            finish();
        }
        return count;
    }

    void reopen() {
        stream_ = service_.get(name_, offset_, left_, etag_);
        if (!stream_) {
            throw std::runtime_error("the blob was removed while it was being read: " + name_);
        }
    }

    /// Lets the client see the end of the answer, so that its connection serves again.
    void finish() noexcept {
        try {
            char none = 0;
            static_cast<void>(stream_->read({&none, 1}));
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): all that was asked for is here.
        }
        stream_.reset();
    }

    BlobService& service_;
    std::string name_;
    std::string etag_;
    std::uint64_t offset_;
    std::uint64_t left_;
    std::unique_ptr<ResponseStream> stream_;
};

void discard_quietly(PiecewiseUpload& upload, std::string_view name) noexcept {
    try {
        upload.discard();
    } catch (const std::exception& error) {
        log::warning("the pieces of a failed upload remain; the service or the sweep removes them later",
                     {{"blob_name", name}, {"error", error.what()}});
    }
}

std::string mark_of(const fs::path& spool_file) {
    return spool_file.filename().string();
}

class RemoteStorage final : public Storage {
public:
    explicit RemoteStorage(std::unique_ptr<BlobService> service) : service_(std::move(service)) {}

    std::expected<void, UploadError> upload(std::string_view name, const SpoolFile& content,
                                            std::string_view content_type) override;
    std::unique_ptr<SpoolCompanion> send_early(ExpectedUpload expected, const SpoolFile& content) override;
    void share_bytes(std::string_view, const SpoolFile&) override {}
    std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) override;
    bool link(std::string_view, const fs::path&) override { return false; }
    void remove(std::string_view name) override;
    bool exists(std::string_view name) override { return find_blob(name).has_value(); }
    std::optional<BlobProperties> properties(std::string_view name) override;
    void list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) override;
    std::string url(std::string_view name) const override { return service_->url(name); }
    bool is_stored_from(std::string_view name, const fs::path& leftover) override;
    bool was_stored_here(std::string_view name) override;
    bool is_remote() const override { return true; }
    bool crosses_network(std::string_view) const override { return true; }
    std::size_t abort_unfinished(Timestamp before) override { return service_->abort_unfinished(before); }
    void check() override { service_->check(); }

private:
    bool store(const NewRemoteBlob& blob, const SpoolFile& content);
    bool put(const NewRemoteBlob& blob, const SpoolFile& content);
    bool put_in_pieces(const NewRemoteBlob& blob, const FileRange& content);
    Completion try_in_pieces(const NewRemoteBlob& blob, const FileRange& content);
    std::optional<RemoteBlob> find_blob(std::string_view name);
    bool has_mark(std::string_view name, std::string_view mark);
    void discard(std::string_view name, std::string_view mark) noexcept;

    std::unique_ptr<BlobService> service_;
    SenderThreads early_threads_{early_threads};  // Goes first, for they use the service.
};

std::expected<void, UploadError> RemoteStorage::upload(std::string_view name, const SpoolFile& content,
                                                       std::string_view content_type) {
    require_blob_name(name);
    const NewRemoteBlob blob{
        .name = std::string(name), .content_type = std::string(content_type), .mark = mark_of(content.path())};
    try {
        if (store(blob, content) || has_mark(name, blob.mark)) {
            return {};
        }
        return std::unexpected(UploadError::already_exists);
    } catch (...) {
        discard(name, blob.mark);
        throw;
    }
}

std::unique_ptr<SpoolCompanion> RemoteStorage::send_early(ExpectedUpload expected, const SpoolFile& content) {
    if (!is_blob_name(expected.name)) {
        return nullptr;
    }
    NewRemoteBlob blob{.name = expected.name, .content_type = {}, .mark = mark_of(content.path())};
    return std::make_unique<EarlyUpload>(*service_, early_threads_, std::move(blob), content.path(),
                                         std::move(expected));
}

/// @return as BlobService::put()
bool RemoteStorage::store(const NewRemoteBlob& blob, const SpoolFile& content) {
    if (auto* early = dynamic_cast<EarlyUpload*>(content.companion())) {
        const auto completion = early->finish(blob, content.size());
        if (completion && *completion != Completion::lost) {
            return *completion == Completion::stored;
        }
    }
    return put(blob, content);
}

bool RemoteStorage::put(const NewRemoteBlob& blob, const SpoolFile& content) {
    const UniqueFd bytes = file::open_for_reading(content.path());
    const FileRange range{.fd = bytes.get(), .offset = 0, .length = content.size()};
    return range.length <= service_->sizes().single_put ? service_->put(blob, range, content.sha256())
                                                        : put_in_pieces(blob, range);
}

bool RemoteStorage::put_in_pieces(const NewRemoteBlob& blob, const FileRange& content) {
    for (int attempt = 0; attempt < lost_uploads; ++attempt) {
        if (service_->find(blob.name)) {
            return false;  // Rather than send all of it first.
        }
        const Completion completion = try_in_pieces(blob, content);
        if (completion != Completion::lost) {
            return completion == Completion::stored;
        }
    }
    throw std::runtime_error("the pieces of an upload are thrown away again and again");
}

Completion RemoteStorage::try_in_pieces(const NewRemoteBlob& blob, const FileRange& content) {
    const PieceSizes sizes = service_->sizes();
    const std::uint64_t length = std::max(sizes.piece, (content.length + sizes.most_pieces - 1) / sizes.most_pieces);
    const auto count = static_cast<std::size_t>((content.length + length - 1) / length);
    const auto upload = service_->begin(blob);
    try {
        for_each_in_parallel(count, parallel_pieces, [&](std::size_t number) {
            const std::uint64_t offset = number * length;
            upload->send(number, {.fd = content.fd,
                                  .offset = content.offset + offset,
                                  .length = std::min(length, content.length - offset)});
        });
        const Completion completion = upload->complete(count);
        if (completion != Completion::stored) {
            discard_quietly(*upload, blob.name);
        }
        return completion;
    } catch (...) {
        discard_quietly(*upload, blob.name);
        throw;
    }
}

std::optional<RemoteBlob> RemoteStorage::find_blob(std::string_view name) {
    require_blob_name(name);
    return service_->find(name);
}

bool RemoteStorage::has_mark(std::string_view name, std::string_view mark) {
    const auto blob = find_blob(name);
    return blob && blob->mark == mark;
}

/// Removes what an upload that failed may have stored all the same. When the service is away it stays, and the janitor
/// finds it later.
void RemoteStorage::discard(std::string_view name, std::string_view mark) noexcept {
    try {
        const auto blob = service_->find(name);
        if (blob && blob->mark == mark) {
            service_->remove(name, blob->etag);
        }
    } catch (const std::exception& error) {
        log::warning("whether a failed upload has left a blob is unknown; the janitor will see",
                     {{"blob_name", name}, {"error", error.what()}});
    }
}

std::unique_ptr<ByteSource> RemoteStorage::download_stream(std::string_view name, std::uint64_t offset,
                                                           std::uint64_t length) {
    require_blob_name(name);
    if (length == 0) {
        return exists(name) ? std::make_unique<EmptySource>() : nullptr;
    }
    auto stream = service_->get(name, offset, length, {});
    return stream ? std::make_unique<RemoteSource>(*service_, std::string(name), offset, length, std::move(stream))
                  : nullptr;
}

void RemoteStorage::remove(std::string_view name) {
    require_blob_name(name);
    service_->remove(name, {});
}

std::optional<BlobProperties> RemoteStorage::properties(std::string_view name) {
    auto blob = find_blob(name);
    return blob ? std::optional(std::move(blob->properties)) : std::nullopt;
}

void RemoteStorage::list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) {
    for (ListPage page = service_->list(prefix, {});; page = service_->list(prefix, page.next)) {
        for (const BlobProperties& blob : page.blobs) {
            if (!visit(blob)) {
                return;
            }
        }
        if (page.next.empty()) {
            return;
        }
    }
}

bool RemoteStorage::is_stored_from(std::string_view name, const fs::path& leftover) {
    return has_mark(name, mark_of(leftover));
}

bool RemoteStorage::was_stored_here(std::string_view name) {
    const auto blob = find_blob(name);
    return blob && !blob->mark.empty();
}

}  // namespace

std::unique_ptr<Storage> make_remote_storage(std::unique_ptr<BlobService> service) {
    return std::make_unique<RemoteStorage>(std::move(service));
}

}  // namespace nassaq::storage
