#include "app/doctor_machine.hpp"

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fstream>
#include <set>
#include <string>

#include "app/tls.hpp"
#include "base/id.hpp"
#include "base/last_error.hpp"
#include "ocr/extractor.hpp"
#include "ocr/landlock.hpp"
#include "ocr/process.hpp"

namespace nassaq::app {
namespace {

namespace fs = std::filesystem;

constexpr double gibibyte = 1024.0 * 1024 * 1024;
constexpr double enough_free_space = 5 * gibibyte;
constexpr double least_free_share = 0.05;
/// What is made by chance has many different characters, and of several kinds; what people make up has not. Only a
/// hint: no look at a secret can tell how it was made.
bool looks_made_by_chance(std::string_view secret) {
    constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
    constexpr std::size_t least_different_of_16 = 10;
    constexpr std::size_t least_different = 16;
    constexpr int least_kinds = 3;
    const auto has = [&](int (*is_kind)(int)) {
        return std::ranges::any_of(secret, [&](unsigned char c) { return is_kind(c) != 0; }) ? 1 : 0;
    };
    const std::size_t different = std::set<char>(secret.begin(), secret.end()).size();
    if (secret.find_first_not_of(hexadecimal) == std::string_view::npos) return different >= least_different_of_16;
    return different >= least_different &&
           has(&std::islower) + has(&std::isupper) + has(&std::isdigit) + has(&std::ispunct) >= least_kinds;
}

void look_at_free_space(DoctorReport& report, const settings::Settings& settings) {
    struct statvfs disk {};
    if (::statvfs(settings.data_directory.c_str(), &disk) != 0) {
        throw_last_error("look at the disk of", settings.data_directory.native());
    }
    const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
    const double share = free / (static_cast<double>(disk.f_blocks) * static_cast<double>(disk.f_frsize));
    // An upload takes its size twice where the storage is on another disk or a network.
    if (free < 2 * static_cast<double>(settings.max_upload_bytes)) {
        report.complain("data", "{:.1f} GiB are free, which is not enough for one large document", free / gibibyte);
    } else if (free < enough_free_space || share < least_free_share) {
        report.warn("data", "only {:.1f} GiB are free ({:.0f} % of the disk)", free / gibibyte, share * 100);
    } else {
        report.say("data", "{:.1f} GiB are free ({:.0f} % of the disk)", free / gibibyte, share * 100);
    }
    if (disk.f_files > 0 && static_cast<double>(disk.f_favail) < least_free_share * static_cast<double>(disk.f_files)) {
        report.warn("data", "only {} more files can be made on that disk", disk.f_favail);
    }
}

/// Tesseract of Debian 12 has its models there, and the child's environment names no other place.
fs::path model_of(std::string_view language) {
    return fs::path("/usr/share/tesseract-ocr/5/tessdata") / (std::string(language) + ".traineddata");
}

std::vector<std::string> languages_of(const std::string& languages) {
    std::vector<std::string> all{"osd"};
    for (std::size_t begin = 0; begin <= languages.size();) {
        const std::size_t end = std::min(languages.find('+', begin), languages.size());
        all.push_back(languages.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

bool has_programs_and_models(DoctorReport& report, const settings::Settings& settings) {
    bool has_all = true;
    for (const auto& [program, package] :
         {std::pair("pdfinfo", "poppler-utils"), std::pair("pdftotext", "poppler-utils"),
          std::pair("pdftoppm", "poppler-utils"), std::pair("catdoc", "catdoc")}) {
        if (!ocr::find_program(program)) {
            report.complain("extraction", "the program {} is missing; its package is {}", program, package);
            has_all = false;
        }
    }
    for (const std::string& language : languages_of(settings.extraction.languages)) {
        if (!fs::exists(model_of(language))) {
            report.complain("extraction", "Tesseract's model {} is missing; its package is tesseract-ocr-{}",
                            model_of(language).string(), language);
            has_all = false;
        }
    }
    return has_all;
}

/// A file that goes with this object.
class Sample {
public:
    explicit Sample(std::string_view text)
        : path_(fs::temp_directory_path() / ("nassaq-doctor-" + random_uuid() + ".txt")) {
        std::ofstream(path_) << text;
    }
    Sample(const Sample&) = delete;
    Sample& operator=(const Sample&) = delete;
    ~Sample() {
        std::error_code ignored;  // A file of a few bytes in the folder for temporary ones.
        fs::remove(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

}  // namespace

void look_at_data_directory(DoctorReport& report, const settings::Settings& settings) {
    const fs::path& directory = settings.data_directory;
    if (!fs::is_directory(directory)) {
        report.say("data", "{} is not there yet; the server makes it", directory.string());
        return;
    }
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        report.complain("data", "{} cannot be written by this user; give it to the user that the server runs as",
                        directory.string());
        return;
    }
    report.say("data", "ok ({} can be written)", directory.string());
    const fs::path secret = directory / "secret.key";
    if (fs::exists(secret) &&
        (fs::status(secret).permissions() & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
        report.complain("data", "{} can be read by others; run: chmod 600 {}", secret.string(), secret.string());
    }
    look_at_free_space(report, settings);
}

void look_at_secret(DoctorReport& report, const settings::Settings& settings) {
    if (settings.jwt_secret.empty()) {
        report.say("secret", "ok (made by the server and kept in DATA_DIR, as ENVIRONMENT is dev)");
    } else if (!looks_made_by_chance(settings.jwt_secret)) {
        report.warn("secret", "JWT_SECRET_KEY looks made up; one that cannot be guessed: openssl rand -base64 48");
    } else {
        report.say("secret", "ok (JWT_SECRET_KEY has {} bytes)", settings.jwt_secret.size());
    }
}

void look_at_tls(DoctorReport& report, const settings::Settings& settings) {
    if (!settings.tls) {
        report.say("tls", "none: the server speaks HTTP, for a proxy before it");
        return;
    }
    const auto identity = load_tls(*settings.tls);
    if (!identity) {
        report.complain("tls", "{}", identity.error());
        return;
    }
    constexpr std::chrono::days soon{14};
    const auto left = std::chrono::floor<std::chrono::days>(identity->not_after() - std::chrono::system_clock::now());
    if (left < std::chrono::days{0}) {
        report.complain("tls", "the certificate of {} has expired", identity->subject());
    } else if (left < soon) {
        report.warn("tls", "the certificate of {} expires in {} days", identity->subject(), left.count());
    } else {
        report.say("tls", "ok (the certificate of {} is good for {} days)", identity->subject(), left.count());
    }
}

void look_at_clock(DoctorReport& report) {
    timex clock{};
    const int state = ::adjtimex(&clock);  // Asked, not set: no mode is given (adjtimex(2)).
    if (state < 0 || state == TIME_ERROR) {
        report.warn("clock", "nothing on this machine keeps its clock right (NTP); log-ins and work depend on it");
    } else {
        report.say("clock", "ok (it is kept right)");
    }
}

void look_at_sandbox(DoctorReport& report, const settings::Settings& settings) {
    if (const int version = ocr::landlock_version(); version > 0) {
        report.say("sandbox", "ok (Landlock, version {}; a filter of system calls)", version);
    } else if (settings.extraction.requires_landlock) {
        report.complain("sandbox", "there is no Landlock, which EXTRACT_REQUIRE_LANDLOCK asks for");
    } else {
        report.warn("sandbox",
                    "there is no Landlock, only a filter of system calls: a decoder that is taken over by its document "
                    "reaches this user's files; Linux has it since 5.13, where its setting lsm= names landlock");
    }
}

void look_at_extraction(DoctorReport& report, const settings::Settings& settings) {
    if (!has_programs_and_models(report, settings)) return;
    constexpr std::string_view text = "The doctor can read this.\n";
    const Sample sample(text);
    const ocr::Extractor extractor({.languages = settings.extraction.languages,
                                    .timeout = settings.extraction.timeout,
                                    .temporary_directory = fs::temp_directory_path(),
                                    .limits = settings.extraction.limits});
    const Stopwatch stopwatch;
    const auto document = extractor.extract(sample.path(), "sample.txt");
    if (!document) {
        report.complain("extraction", "a text could not be read: {}", document.error().reason);
    } else {
        report.say("extraction", "ok (languages {}; a text was read within {:.0f} ms)", settings.extraction.languages,
                   stopwatch.milliseconds());
    }
}

}  // namespace nassaq::app
