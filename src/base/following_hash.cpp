#include "base/following_hash.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <utility>

namespace nassaq {
namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10U;
constexpr std::uint64_t bite_bytes = std::uint64_t{1} << 20U;

}  // namespace

FollowingHash::FollowingHash(const std::filesystem::path& path, Sha256 hash, std::uint64_t length)
    : file_(file::open_for_reading(path)), hash_(std::move(hash)), hashed_(length), written_(length) {}

bool FollowingHash::catch_up_some() {
    const std::scoped_lock lock(mutex_);
    return catch_up(bite_bytes);
}

std::string FollowingHash::finish() {
    const std::scoped_lock lock(mutex_);
    catch_up(written_ - hashed_);
    return hash_.finish();
}

bool FollowingHash::catch_up(std::uint64_t most) {
    std::array<char, piece_bytes> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is read into.
    const std::uint64_t end = std::min(written_.load(), hashed_ + most);
    while (hashed_ < end) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - hashed_));
        file::read_exactly(file_.get(), hashed_, {piece.data(), wanted});
        hash_.update({piece.data(), wanted});
        hashed_ += wanted;
    }
    return hashed_ < written_;
}

void HashFollower::follow(std::shared_ptr<FollowingHash> hash) {
    {
        const std::scoped_lock lock(mutex_);
        queue_.push_back(std::move(hash));
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
            ::pthread_setname_np(thread_.native_handle(), "spool-hash");
        }
    }
    wake_.notify_one();
}

void HashFollower::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [&] { return !queue_.empty(); })) {
        auto hash = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        bool has_more = false;
        try {
            has_more = hash->catch_up_some();
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
            // finish() meets it too.
        }
        lock.lock();
        if (has_more) {
            queue_.push_back(std::move(hash));  // The others first.
        }
    }
}

}  // namespace nassaq
