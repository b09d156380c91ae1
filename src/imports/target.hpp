#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/spool.hpp"

namespace nassaq::imports {

/// A file on its way to become a document.
struct Candidate {
    std::string full_path;  ///< The virtual path that it goes to: "/" or "a/b".
    std::string filename;
    SpoolFile& content;  ///< Finished.
    Timestamp modified_at;
};

/// The document that there is now.
struct Imported {
    std::int64_t doc_id = 0;
    bool was_there = false;  ///< The same content was at that path already.
};

/// Why there is none.
struct Failure {
    enum class Kind {
        of_file,    ///< No other try will help.
        for_now,    ///< The target is away or has too much to do.
        of_import,  ///< No other file would fare better: a quota is used up, a token is not valid.
    };
    Kind kind = Kind::of_file;
    std::string reason;
};

/// Where documents go. Safe to use from several threads.
class Target {
public:
    Target() = default;
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    virtual ~Target() = default;

    /// Why a file of that name and size would be refused, as far as that is known without reading it.
    [[nodiscard]] virtual std::optional<std::string> foresee_refusal(std::string_view filename,
                                                                     std::int64_t size) const = 0;
    /// Makes a document of it, and the path where there is none; unless the same content is there already, whatever it
    /// is called. Where its name is taken by another content it gets a number behind it.
    virtual std::expected<Imported, Failure> take(const Candidate& candidate) = 0;
};

/// "report (2).pdf"; for 1 the name itself.
std::string numbered_name(std::string_view filename, int number);
/// Up to which number a free name is looked for.
inline constexpr int most_namesakes = 1'000;

}  // namespace nassaq::imports
