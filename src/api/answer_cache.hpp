#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nassaq::api {

/// Answers that stay right as long as a number that the database keeps stays the same: what a client asks for again and
/// again is then not put together again and again. Of this process alone; the one asked for longest ago goes first.
/// Safe to use from several threads.
class AnswerCache {
public:
    using Answer = std::shared_ptr<const std::string>;

    /// @param most_bytes  of all answers together.
    explicit AnswerCache(std::size_t most_bytes = std::size_t{8} << 20U) : most_bytes_(most_bytes) {}

    /// @param key  who asks for what. @return nothing when it was kept for another version, or not at all.
    Answer find(std::string_view key, std::int64_t version);
    /// @param version  read before what the answer was made of, so that it is never newer than that.
    void keep(std::string_view key, std::int64_t version, Answer answer);
    /// The bytes of all answers and keys.
    [[nodiscard]] std::size_t bytes() const;

private:
    struct Entry {
        std::string key;
        std::int64_t version = 0;
        Answer answer;
    };
    using Entries = std::list<Entry>;

    static std::size_t size_of(const Entry& entry) { return entry.key.size() + entry.answer->size(); }
    void forget(Entries::iterator entry);

    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    Entries entries_;  ///< The one asked for last stands first.
    std::unordered_map<std::string_view, Entries::iterator> by_key_;
    std::size_t bytes_ = 0;
};

}  // namespace nassaq::api
