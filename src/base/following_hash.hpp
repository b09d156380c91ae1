#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "base/file.hpp"
#include "base/sha256.hpp"

namespace nassaq {

/// The SHA-256 of a file that is being written, made from the file behind its writer. Safe to use from several threads.
class FollowingHash {
public:
    /// @param hash  of the first `length` bytes, which are in the file. @throws std::system_error
    FollowingHash(const std::filesystem::path& path, Sha256 hash, std::uint64_t length);

    /// To be called by the writer, afterwards.
    void note_written(std::uint64_t length) { written_ = length; }
    /// Hashes what is there, up to 1 MiB. @return whether there is more. @throws std::exception when it cannot be read.
    bool catch_up_some();
    /// Hashes the rest. @return lower-case hexadecimal. Nothing may be called after it but catch_up_some().
    std::string finish();

private:
    bool catch_up(std::uint64_t most);

    std::mutex mutex_;
    const UniqueFd file_;
    Sha256 hash_;
    std::uint64_t hashed_;
    std::atomic<std::uint64_t> written_;
};

/// A thread that makes hashes of files follow their writers, as far as it finds the time: what it does not get to is
/// left to FollowingHash::finish(). It starts when it is first needed.
class HashFollower {
public:
    void follow(std::shared_ptr<FollowingHash> hash);

private:
    void work(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::shared_ptr<FollowingHash>> queue_;
    std::jthread thread_;
};

}  // namespace nassaq
