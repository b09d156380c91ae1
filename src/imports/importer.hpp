#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/spool.hpp"
#include "imports/crew.hpp"
#include "imports/journal.hpp"
#include "imports/report.hpp"
#include "imports/source_tree.hpp"
#include "imports/target.hpp"
#include "imports/turns.hpp"

namespace nassaq::imports {

struct ImportOptions {
    std::filesystem::path folder;
    std::string path = "/";  ///< The virtual path below which the folder's tree is put.
    unsigned threads = 4;
    bool watch = false;      ///< Goes on for ever with what comes into the folder.
    bool move_done = false;  ///< Only when watching: what is imported goes into `done`, else it stays where it is.
    std::chrono::milliseconds quiet{2'000};       ///< A file to which nobody has written for so long is whole.
    std::chrono::milliseconds unquiet{120'000};   ///< Without `watch`, a file that never is gets so much time.
    std::chrono::milliseconds patience{300'000};  ///< Without `watch`, a target that is away gets so much time.
    std::chrono::milliseconds look_again{1'000};  ///< When watching.
    Backoff outage{.base = std::chrono::milliseconds{500}, .cap = std::chrono::seconds{15}};
};

/// Makes documents of the files of a folder. May be killed at any time, and run again: what is there is not made twice.
class Importer {
public:
    Importer(ImportOptions options, Target& target, Spool& spool, Journal& journal, Report& report);

    /// Until all is done, `stop` is requested, or no file would be taken any more.
    /// @return why that is so; nothing otherwise.
    std::optional<std::string> run(const std::stop_token& stop);

private:
    void go_through(Crew& crew, const std::stop_token& stop);
    void wait_for_unquiet(Crew& crew, const std::stop_token& stop);
    void watch(Crew& crew, const std::stop_token& stop);
    void take(const SourceFile& file);
    void read_and_give(const SourceFile& file, const std::string& full_path);
    std::expected<std::optional<SpoolFile>, std::string> copy(const SourceFile& file);
    std::expected<Imported, Failure> give(const Candidate& candidate);
    std::expected<std::string, std::string> destination_of(const SourceFile& file) const;
    void pass_over(const SourceFile& file);
    void succeed(const SourceFile& file, const Imported& imported);
    void fail(const SourceFile& file, const std::string& reason);
    void end_import(const std::string& reason);
    void put_off(const SourceFile& file);

    ImportOptions options_;
    Target& target_;
    Spool& spool_;
    Journal& journal_;
    Report& report_;
    SourceTree tree_;
    Turns turns_;
    std::stop_source ended_;  ///< By a stop from outside, too.
    std::mutex mutex_;        ///< Of what follows.
    std::optional<std::string> end_;
    std::vector<SourceFile> put_off_;  ///< They may be written to still.
    std::vector<SourceFile> stuck_;    ///< Failed, and could not be moved away: not tried again as they are.
    bool is_away_ = false;             ///< The target: said once.
};

}  // namespace nassaq::imports
