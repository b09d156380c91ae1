#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

namespace nassaq::storage {

/// Makes new entries of folders durable, as file::sync() does, once for all who ask at about the same time: who comes
/// while a folder is being synced waits for that to end, and one of them then syncs it for all of them. Safe to use
/// from several threads.
class FolderSync {
public:
    /// Returns when a sync of the folder that began after this call has ended. @throws std::system_error
    void sync(int folder, const std::filesystem::path& name);

private:
    struct Round {
        bool is_done = false;
        std::error_code error;
    };
    struct Folder {
        std::shared_ptr<Round> next;  ///< Of those who wait for the next one to begin.
        bool is_running = false;
        std::size_t users = 0;
    };
    using Key = std::pair<dev_t, ino_t>;

    /// @param round  becomes the next one where there is none yet.
    std::error_code wait_or_sync(std::unique_lock<std::mutex>& lock, Folder& state, std::shared_ptr<Round> round,
                                 int folder);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Key, Folder> folders_;
};

}  // namespace nassaq::storage
