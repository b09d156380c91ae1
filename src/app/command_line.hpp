#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nassaq::app {

/// What `import` is told.
struct ImportLine {
    std::filesystem::path folder;
    std::string path = "/";
    std::string owner;   ///< An e-mail address.
    std::string server;  ///< Of a distant one: its URL. Empty: this installation.
    bool watch = false;
    std::string done = "move";     ///< When watching: "move" or "leave".
    std::filesystem::path report;  ///< Where failures are written down, too. May be empty.
    unsigned threads = 0;          ///< 0: as many as are good for this machine.
    bool again = false;            ///< Whether to read all files once more.
};

/// The command line, checked.
struct CommandLine {
    std::string command;  ///< "serve", "admin create", …; empty with --help or --version alone.
    std::filesystem::path env_file = ".env";
    bool env_file_was_given = false;
    bool help = false;
    bool version = false;
    bool dry_run = false;
    bool finish = false;
    bool password_stdin = false;
    bool if_none = false;
    bool with_worker = false;
    std::string stage = "OCR";  ///< Of the commands about jobs.
    bool all = false;
    std::vector<std::int64_t> doc_ids;
    bool storage = false;
    bool verify = false;
    std::filesystem::path folder;              ///< Of "backup" and "restore".
    std::vector<std::filesystem::path> files;  ///< Of "extract".
    bool json = false;
    ImportLine imports;
    std::string email;
    std::string full_name;
};

/// @return the command line, or what is wrong with it.
std::expected<CommandLine, std::string> parse_command_line(const std::vector<std::string>& arguments);

/// What --help prints.
std::string usage();

}  // namespace nassaq::app
