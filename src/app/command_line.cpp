#include "app/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <string_view>

namespace nassaq::app {
namespace {

namespace options = boost::program_options;

/// A command, and the options that it takes besides the common ones.
struct Command {
    std::string_view name;
    std::string_view arguments;
    std::string_view summary;
    std::array<std::string_view, 8> takes{};
};

constexpr std::array commands = std::to_array<Command>({
    {"serve",
     "[--with-worker]",
     "serve the API; the worker runs in the same process when the queue is embedded, or when asked for",
     {"with-worker"}},
    {"worker", "", "only work off jobs"},
    {"migrate", "[--dry-run | --finish]", "bring the database to the current schema", {"dry-run", "finish"}},
    {"admin create",
     "--email E --full-name N [--password-stdin] [--if-none]",
     "make or promote an administrator; prints a random password when none is given",
     {"email", "full-name", "password-stdin", "if-none"}},
    {"admin reset-password",
     "--email E [--password-stdin]",
     "give an account a new password, and end its sessions",
     {"email", "password-stdin"}},
    {"jobs list", "[--stage S]", "list the dead jobs, which are not tried again, and why", {"stage"}},
    {"jobs retry",
     "[--stage S] --all | --doc-id N ...",
     "put dead jobs back into the queue",
     {"stage", "all", "doc-id"}},
    {"jobs purge", "[--stage S]", "drop the messages of the dead queue; the documents stay as they are", {"stage"}},
    {"jobs start",
     "--stage S",
     "begin what other programs have queued for a stage and nobody works on, behind all other jobs; may be "
     "interrupted and run again",
     {"stage"}},
    {"search reindex", "", "make the search index anew, also while serving; may be interrupted and run again"},
    {"doctor",
     "[--storage] [--verify] [--json]",
     "say what works and what does not; compare the storage with the documents; read and check every file",
     {"storage", "verify", "json"}},
    {"backup", "DIR", "copy database and files into an empty folder, also while serving"},
    {"restore", "DIR", "make DATA_DIR of such a copy"},
    {"extract",
     "FILE ... [--json]",
     "print the text of local files, pages parted by form feeds; or a line of JSON a file, with what is known of each "
     "page. Needs no server and no database",
     {"json"}},
    {"import",
     "DIR --owner E [--path P] [--watch [--done move|leave]] [--report FILE] [--threads N] [--again] [--server URL]",
     "make documents of the files of a folder and of those in it; may be interrupted and run again, and then passes "
     "over "
     "what is there. With --watch it goes on with what comes: what failed is moved to DIR/failed with a note, the rest "
     "to DIR/done or left. With --server they go to a distant server, as whoever the token in NASSAQ_TOKEN (and "
     "NASSAQ_REFRESH_TOKEN) is",
     {"owner", "path", "watch", "done", "report", "threads", "again", "server"}},
    {"openapi", "", "print the OpenAPI document"},
});

options::options_description describe_options(CommandLine& line, std::vector<std::string>& words) {
    options::options_description description("Options");
    auto add = description.add_options();
    add("help", options::bool_switch(&line.help), "print this help");
    add("version", options::bool_switch(&line.version), "print the version");
    add("env-file", options::value<std::string>(), "the file of settings (.env)");
    add("dry-run", options::bool_switch(&line.dry_run), "only say what would be done");
    add("finish", options::bool_switch(&line.finish),
        "end the upgrade: no node of the version before is used any more");
    add("email", options::value(&line.email), "the e-mail address of the account");
    add("full-name", options::value(&line.full_name), "the name of the person");
    add("password-stdin", options::bool_switch(&line.password_stdin), "read the password from standard input");
    add("if-none", options::bool_switch(&line.if_none), "do nothing when there is an active administrator");
    add("with-worker", options::bool_switch(&line.with_worker), "work off jobs, too");
    add("all", options::bool_switch(&line.all), "all of them");
    add("stage", options::value<std::string>(), "the stage of the jobs, OCR unless another is named");
    add("doc-id", options::value(&line.doc_ids)->composing(), "the id of a document; may be given several times");
    add("storage", options::bool_switch(&line.storage), "compare the storage with the documents");
    add("verify", options::bool_switch(&line.verify), "read and check every file");
    add("json", options::bool_switch(&line.json), "print JSON");
    add("owner", options::value(&line.imports.owner), "whose the documents will be: an e-mail address");
    add("path", options::value(&line.imports.path),
        "the virtual path below which the folder's tree is put; / is the root");
    add("watch", options::bool_switch(&line.imports.watch), "go on with what comes into the folder");
    add("done", options::value(&line.imports.done), "what becomes of files that are imported: move or leave");
    add("report", options::value<std::string>(), "a file that gets a line for each failure");
    add("threads", options::value(&line.imports.threads), "how many files at once");
    add("again", options::bool_switch(&line.imports.again), "read all files once more");
    add("server", options::value(&line.imports.server), "the URL of a distant server");
    add("words", options::value(&words), "");
    return description;
}

const Command* find_command(std::string_view name) {
    const auto* found = std::ranges::find(commands, name, &Command::name);
    return found == commands.end() ? nullptr : found;
}

/// The first option given that `command` does not take.
std::optional<std::string> foreign_option(const Command& command, const options::variables_map& given) {
    for (const auto& [name, value] : given) {
        const bool is_common = name == "help" || name == "version" || name == "env-file" || name == "words";
        const bool was_given = !value.defaulted();
        if (was_given && !is_common && std::ranges::find(command.takes, name) == command.takes.end()) {
            return name;
        }
    }
    return std::nullopt;
}

/// Parts "backup DIR" and "restore DIR".
void take_folder(std::vector<std::string>& words, CommandLine& line) {
    if (words.size() == 2 && (words.front() == "backup" || words.front() == "restore")) {
        line.folder = words.back();
        words.pop_back();
    }
}

/// Parts "import DIR".
void take_import_folder(std::vector<std::string>& words, CommandLine& line) {
    if (words.size() == 2 && words.front() == "import") {
        line.imports.folder = words.back();
        words.pop_back();
    }
}

std::optional<std::string> check_import(const ImportLine& line, const options::variables_map& given) {
    if (line.folder.empty()) {
        return "'import' needs a folder";
    }
    if (line.owner.empty() && line.server.empty()) {
        return "'import' needs --owner, the e-mail address of whose the documents will be";
    }
    if (line.done != "move" && line.done != "leave") {
        return "--done is 'move' or 'leave'";
    }
    if (given.contains("done") && !line.watch) {
        return "--done goes with --watch: without it files stay where they are";
    }
    constexpr unsigned most_threads = 256;
    if (line.threads > most_threads) {
        return fmt::format("--threads is at most {}", most_threads);
    }
    const bool is_url = line.server.starts_with("http://") || line.server.starts_with("https://");
    if (!line.server.empty() && !is_url) {
        return "--server is a URL, of http:// or https://";
    }
    return std::nullopt;
}

/// Parts "extract FILE ...".
void take_files(std::vector<std::string>& words, CommandLine& line) {
    if (!words.empty() && words.front() == "extract") {
        line.files.assign(words.begin() + 1, words.end());
        words.resize(1);
    }
}

std::optional<std::string> check(const CommandLine& line, const options::variables_map& given) {
    const Command* command = find_command(line.command);
    if (command == nullptr) {
        return line.command.empty() ? "a command is missing" : fmt::format("there is no command '{}'", line.command);
    }
    if (const auto option = foreign_option(*command, given)) {
        return fmt::format("'{}' takes no option --{}", line.command, *option);
    }
    const bool needs_email = line.command.starts_with("admin ");
    if (needs_email && line.email.empty()) {
        return "--email is missing";
    }
    if ((line.command == "backup" || line.command == "restore") && line.folder.empty()) {
        return fmt::format("'{}' needs a folder", line.command);
    }
    if (line.command == "import") {
        return check_import(line.imports, given);
    }
    if (line.command == "extract" && line.files.empty()) {
        return "'extract' needs a file";
    }
    if (line.command == "admin create" && line.full_name.empty()) {
        return "--full-name is missing";
    }
    if (line.command == "jobs start" && !given.contains("stage")) {
        return "'jobs start' needs --stage";
    }
    if (line.command == "jobs retry" && line.all == !line.doc_ids.empty()) {
        return line.all ? "--all and --doc-id exclude each other" : "'jobs retry' needs --all or --doc-id";
    }
    return std::nullopt;
}

}  // namespace

std::expected<CommandLine, std::string> parse_command_line(const std::vector<std::string>& arguments) {
    CommandLine line;
    std::vector<std::string> words;
    const options::options_description description = describe_options(line, words);
    options::positional_options_description positions;
    positions.add("words", -1);
    options::variables_map given;
    try {
        using namespace options::command_line_style;
        const auto style = unix_style & ~allow_guessing;
        options::store(
            options::command_line_parser(arguments).options(description).positional(positions).style(style).run(),
            given);
        options::notify(given);
    } catch (const options::error& error) {
        return std::unexpected(error.what());
    }
    take_folder(words, line);
    take_files(words, line);
    take_import_folder(words, line);
    line.command = fmt::format("{}", fmt::join(words, " "));
    if (given.contains("env-file")) {
        line.env_file = given["env-file"].as<std::string>();
        line.env_file_was_given = true;
    }
    if (given.contains("report")) {
        line.imports.report = given["report"].as<std::string>();
    }
    if (given.contains("stage")) {
        line.stage = given["stage"].as<std::string>();
    }
    if (line.help || line.version) {
        return line;
    }
    if (const auto fault = check(line, given)) {
        return std::unexpected(*fault);
    }
    return line;
}

std::string usage() {
    std::string text =
        "usage: nassaq COMMAND [OPTIONS]\n\n"
        "Digitise, store, find and protect documents.\n\nCommands:\n";
    for (const Command& command : commands) {
        text += fmt::format("  {} {}\n      {}\n", command.name, command.arguments, command.summary);
    }
    text +=
        "\nOptions of every command:\n"
        "  --env-file FILE  read settings from FILE instead of .env; the environment goes before it\n"
        "  --help           print this help\n"
        "  --version        print the version\n\n"
        "Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 wrong configuration.\n";
    return text;
}

}  // namespace nassaq::app
