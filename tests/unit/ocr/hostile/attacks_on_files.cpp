#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "attack.hpp"
#include "base/file.hpp"

namespace nassaq::ocr::hostile {

namespace {

bool can_open(const std::string& path, int flags) {
    return static_cast<bool>(UniqueFd(open(path.c_str(), flags | O_CLOEXEC, 0600)));
}

/// What it has made it cannot remove.
bool can_make(const std::string& path) {
    return can_open(path, O_WRONLY | O_CREAT | O_EXCL);
}

bool can_list(const std::string& path) {
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return false;
    const bool read = readdir(folder) != nullptr;
    closedir(folder);
    return read;
}

bool holds(const std::string& path, std::string_view wanted) {
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    return text.find(wanted) != std::string::npos;
}

bool change_attributes(const std::string& path) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    int flags = 0;
    return ioctl(file.get(), FS_IOC_GETFLAGS, &flags) == 0 && ioctl(file.get(), FS_IOC_SETFLAGS, &flags) == 0;
}

bool change_mode(const std::string& path) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return file.get() >= 0 && fchmod(file.get(), 0777) == 0;
}

/// What would change a file: another's, or its own document, which it may read.
std::vector<Attack> changes(const std::string& prefix, const std::function<std::string(const std::string&)>& file_for) {
    using Change = bool (*)(const char*);
    static constexpr timeval times[2] = {{1, 0}, {1, 0}};
    const std::pair<const char*, Change> all[] = {
        {"truncate", [](const char* path) { return truncate(path, 0) == 0; }},
        {"empty", [](const char* path) { return can_open(path, O_RDONLY | O_TRUNC); }},
        {"empty_by_mode_3", [](const char* path) { return can_open(path, O_ACCMODE | O_TRUNC); }},
        {"write", [](const char* path) { return can_open(path, O_WRONLY); }},
        {"read_and_write", [](const char* path) { return can_open(path, O_RDWR); }},
        {"append", [](const char* path) { return can_open(path, O_WRONLY | O_APPEND); }},
        {"creat", [](const char* path) { return static_cast<bool>(UniqueFd(creat(path, 0600))); }},
        {"chmod", [](const char* path) { return chmod(path, 0777) == 0; }},
        {"fchmodat", [](const char* path) { return fchmodat(AT_FDCWD, path, 0777, 0) == 0; }},
        {"fchmod", [](const char* path) { return change_mode(path); }},
        {"chown", [](const char* path) { return chown(path, getuid(), getgid()) == 0; }},
        {"lchown", [](const char* path) { return lchown(path, getuid(), getgid()) == 0; }},
        {"utime", [](const char* path) { return utime(path, nullptr) == 0; }},
        {"utimes", [](const char* path) { return utimes(path, times) == 0; }},
        {"utimensat", [](const char* path) { return utimensat(AT_FDCWD, path, nullptr, 0) == 0; }},
        {"setxattr", [](const char* path) { return setxattr(path, "user.nassaq", "x", 1, 0) == 0; }},
        {"attributes", [](const char* path) { return change_attributes(path); }},
        {"rename", [](const char* path) { return rename(path, (std::string(path) + "-renamed").c_str()) == 0; }},
        {"unlink", [](const char* path) { return unlink(path) == 0; }},
        {"unlinkat", [](const char* path) { return unlinkat(AT_FDCWD, path, 0) == 0; }},
    };
    std::vector<Attack> attacks;
    for (const auto& [name, change] : all) {
        attacks.push_back({prefix + name, [tried = change, path = file_for(name)] { return tried(path.c_str()); }});
    }
    return attacks;
}

void add(std::vector<Attack>& attacks, std::vector<Attack> more) {
    std::ranges::move(more, std::back_inserter(attacks));
}

std::vector<Attack> attacks_on_names(const Order& order, const std::string& victims) {
    const std::string victim = victims + "/link";
    const std::string own = order.folder + "/own";
    std::ofstream(own) << "own";
    return {
        {"link", [=] { return link(victim.c_str(), (order.folder + "/linked").c_str()) == 0; }},
        {"symlink", [=] { return symlink(victim.c_str(), (order.folder + "/symlinked").c_str()) == 0; }},
        {"rename_into_its_folder", [=] { return rename(victim.c_str(), (order.folder + "/taken").c_str()) == 0; }},
        {"rename_over", [=] { return rename(own.c_str(), victim.c_str()) == 0; }},
        {"exchange",
         [=] { return syscall(SYS_renameat2, AT_FDCWD, own.c_str(), AT_FDCWD, victim.c_str(), RENAME_EXCHANGE) == 0; }},
        {"make_file", [=] { return can_open(victims + "/made", O_WRONLY | O_CREAT); }},
        {"make_folder", [=] { return mkdir((victims + "/folder").c_str(), 0700) == 0; }},
        {"make_folder_of_its_own", [=] { return mkdir((order.folder + "/folder").c_str(), 0700) == 0; }},
        {"make_pipe", [=] { return mknod((order.folder + "/pipe").c_str(), S_IFIFO | 0600, 0) == 0; }},
        {"remove_folder", [=] { return rmdir(victims.c_str()) == 0; }},
        {"move_its_folder", [=] { return rename(order.folder.c_str(), (order.folder + "-moved").c_str()) == 0; }},
        {"list_documents", [=] { return can_list(victims); }},
    };
}

/// What would take room that nobody sees who looks into its folder, or all of it between two looks.
std::vector<Attack> attacks_on_room(const Order& order) {
    const std::string own = order.folder + "/room";
    std::ofstream(own) << "own";
    return {
        {"remove_its_own_file", [=] { return unlink(own.c_str()) == 0; }},
        {"rename_its_own_file", [=] { return rename(own.c_str(), (own + "-renamed").c_str()) == 0; }},
        {"file_without_a_name", [=] { return can_open(order.folder, O_TMPFILE | O_RDWR); }},
        {"allocate",
         [=] {
             const UniqueFd file(open(own.c_str(), O_WRONLY | O_CLOEXEC));
             return fallocate(file.get(), 0, 0, off_t{1} << 20) == 0;
         }},
    };
}

std::vector<Attack> attacks_elsewhere(const Order& order) {
    const std::string parent = std::to_string(getppid());
    return {
        {"secret_of_the_environment", [=] { return holds("/proc/" + parent + "/environ", "JWT_SECRET_KEY="); }},
        {"command_line", [=] { return can_open("/proc/" + parent + "/cmdline", O_RDONLY); }},
        {"descriptors_of_the_server", [=] { return can_list("/proc/" + parent + "/fd"); }},
        {"its_own_map", [] { return can_open("/proc/self/maps", O_RDONLY); }},
        {"out_of_memory_score", [] { return can_open("/proc/self/oom_score_adj", O_WRONLY); }},
        {"accounts", [] { return can_open("/etc/passwd", O_RDONLY); }},
        {"programs", [] { return can_open("/usr/bin/env", O_RDONLY); }},
        {"list_root", [] { return can_list("/"); }},
        {"list_temporary_folder", [=] { return can_list(order.folder + "/.."); }},
        {"write_tmp", [=] { return can_make("/tmp/nassaq-hostile-" + parent); }},
        {"write_var_tmp", [=] { return can_make("/var/tmp/nassaq-hostile-" + parent); }},
        {"write_shared_memory", [=] { return can_make("/dev/shm/nassaq-hostile-" + parent); }},
        {"write_library", [] { return can_make("/usr/lib/nassaq-hostile"); }},
        {"write_fonts", [] { return can_make("/var/cache/fontconfig/nassaq-hostile"); }},
        {"terminal", [] { return can_open("/dev/tty", O_RDWR) || can_open("/dev/ptmx", O_RDWR); }},
        {"handle",
         [] {
             std::array<unsigned, 8> handle{8, 1};
             return syscall(SYS_open_by_handle_at, AT_FDCWD, handle.data(), O_RDONLY) >= 0;
         }},
    };
}

std::vector<Attack> attacks_on_a_sibling(const Instructions& instructions) {
    const std::string process = "/proc/" + instructions.at("sibling");
    const std::string folder = instructions.at("sibling_folder");
    return {
        {"environment_of_a_sibling", [=] { return can_open(process + "/environ", O_RDONLY); }},
        {"memory_of_a_sibling", [=] { return can_open(process + "/mem", O_RDWR); }},
        {"folder_of_a_sibling", [=] { return can_list(folder); }},
        {"read_file_of_a_sibling", [=] { return can_open(folder + "/process", O_RDONLY); }},
        {"write_file_of_a_sibling", [=] { return can_open(folder + "/process", O_WRONLY); }},
        {"make_file_for_a_sibling", [=] { return can_open(folder + "/made", O_WRONLY | O_CREAT); }},
    };
}

}  // namespace

std::vector<Attack> attacks_on_files(const Order& order, const Instructions& instructions) {
    const std::string database = instructions.at("database");
    const std::string blob = instructions.at("blob");
    const std::string victims = instructions.at("victims");
    std::vector<Attack> attacks{
        {"hashes_of_the_database", [=] { return holds(database, "$2") || holds(database + "-wal", "$2"); }},
        {"read_another_document", [=] { return can_open(blob, O_RDONLY); }},
        {"write_database", [=] { return can_open(database, O_RDWR); }},
    };
    add(attacks, changes("", [=](const std::string& name) { return victims + "/" + name; }));
    add(attacks, changes("its_document_", [=](const std::string&) { return order.file; }));
    add(attacks, attacks_on_names(order, victims));
    add(attacks, attacks_on_room(order));
    add(attacks, attacks_elsewhere(order));
    if (instructions.contains("sibling")) add(attacks, attacks_on_a_sibling(instructions));
    return attacks;
}

}  // namespace nassaq::ocr::hostile
