#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "storage/blob_service.hpp"
#include "storage/sender_threads.hpp"

namespace nassaq::storage {

/// So many pieces of one upload are sent at a time: one client on a fast line must not have all threads.
inline constexpr std::size_t parallel_pieces = 4;

/// Sends the pieces of a file as soon as each is written, while the next ones still come in
/// (docs/decisions/0081-uploads-are-sent-while-they-come-in.md). They are read back from the file by the threads that
/// send them, so none is held in memory. It is used by the thread that has the file.
class EarlyUpload final : public SpoolCompanion {
public:
    /// @param service, threads  outlive it and what it has asked the threads for.
    /// @param blob  with no content type yet. @param file  that is being written
    EarlyUpload(BlobService& service, SenderThreads& threads, NewRemoteBlob blob, std::filesystem::path file,
                ExpectedUpload expected);
    /// Discards what has been sent and has not become a blob, on one of the threads.
    ~EarlyUpload() override;

    void on_written(std::uint64_t size) override;

    /// Sends what is left of the finished file and makes the blob. Once only.
    /// @return nothing when that is not possible: the file was too small to begin with, it was to become another blob,
    /// or something went wrong, which is logged. Nothing of it is on its way any more then.
    std::optional<Completion> finish(const NewRemoteBlob& blob, std::uint64_t size);

private:
    class Sending;
    std::shared_ptr<Sending> sending_;
    std::uint64_t next_look_;  ///< Nothing more can be done before so many bytes are there.
    std::uint64_t piece_;
};

}  // namespace nassaq::storage
