#include "storage/folder_sync.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/last_error.hpp"

namespace nassaq::storage {

void FolderSync::sync(int folder, const std::filesystem::path& name) {
    struct stat status {};
    std::error_code error;
    if (::fstat(folder, &status) != 0) {
        error = last_error();
    } else {
        auto round = std::make_shared<Round>();
        std::unique_lock lock(mutex_);
        const auto state = folders_.try_emplace({status.st_dev, status.st_ino}).first;
        ++state->second.users;
        error = wait_or_sync(lock, state->second, std::move(round), folder);
        if (--state->second.users == 0) {
            folders_.erase(state);
        }
    }
    if (error) {
        throw std::system_error(error, "cannot sync the folder " + name.string());
    }
}

std::error_code FolderSync::wait_or_sync(std::unique_lock<std::mutex>& lock, Folder& state,
                                         std::shared_ptr<Round> round, int folder) {
    if (state.next) {
        round = state.next;
    } else {
        state.next = round;
    }
    changed_.wait(lock, [&] { return round->is_done || !state.is_running; });
    if (round->is_done) {
        return round->error;
    }
    state.next = nullptr;  // Who comes from now on may have made its entry too late for this one.
    state.is_running = true;
    lock.unlock();
    const std::error_code error = ::fsync(folder) == 0 ? std::error_code() : last_error();
    lock.lock();
    state.is_running = false;
    round->is_done = true;
    round->error = error;
    changed_.notify_all();
    return error;
}

}  // namespace nassaq::storage
