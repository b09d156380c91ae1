#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.hpp"

namespace nassaq::api {

/// Answers that stay right as long as a number that the database keeps stays the same, or for a while besides: what a
/// client asks for again and again is then not put together again and again. Which number that is, the version, is for
/// whoever keeps an answer to say: that of the whole database, that of a user's lists, or the last thing that a user
/// has done. Of this process alone; the one asked for longest ago goes first. Safe to use from several threads.
class AnswerCache {
public:
    using Clock = std::chrono::steady_clock;
    /// Its body is a text.
    using Answer = std::shared_ptr<const http::Response>;

    /// @param most_bytes  of all answers together.
    explicit AnswerCache(std::size_t most_bytes = std::size_t{8} << 20U) : most_bytes_(most_bytes) {}

    /// @param key  who asks for what. @return nothing when it was kept for another version, or not at all, or its time
    /// is up.
    Answer find(std::string_view key, std::int64_t version);
    /// Whether something is kept, of whatever version: for those whose version takes a while to find out.
    [[nodiscard]] bool has(std::string_view key) const;
    /// @param version  read before what the answer was made of, so that it is never newer than that.
    void keep(std::string_view key, std::int64_t version, const http::Response& answer,
              Clock::time_point until = Clock::time_point::max());
    /// The bytes of the bodies of all answers, and of all keys.
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Entry {
        std::string key;
        std::int64_t version = 0;
        Clock::time_point until;
        Answer answer;
    };
    using Entries = std::list<Entry>;

    static bool is_over(const Entry& entry);
    void forget(Entries::iterator entry);

    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    Entries entries_;  ///< The one asked for last stands first.
    std::unordered_map<std::string_view, Entries::iterator> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace nassaq::api
