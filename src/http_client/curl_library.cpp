#include "http_client/curl_library.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

namespace nassaq::http_client {
namespace {

/// The version of its binary interface is in the name; Debian's package is libcurl4.
constexpr const char* file_name = "libcurl.so.4";

template <class Function>
void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    if (function == nullptr) {
        throw std::runtime_error(std::string(file_name) + " has no " + name);
    }
}

CurlLibrary load() {
    // Never unloaded: its libraries have registered what is to run at the end of the process.
    void* library = ::dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw std::runtime_error("libcurl, which storage over a network needs, cannot be loaded: " +
                                 std::string(::dlerror()));  // NOLINT(concurrency-mt-unsafe): of this thread.
    }
    CurlLibrary curl{};
    find(library, "curl_global_init", curl.global_init);
    find(library, "curl_easy_init", curl.easy_init);
    find(library, "curl_easy_cleanup", curl.easy_cleanup);
    find(library, "curl_easy_reset", curl.easy_reset);
    find(library, "curl_easy_setopt", curl.easy_setopt);
    find(library, "curl_easy_pause", curl.easy_pause);
    find(library, "curl_easy_strerror", curl.easy_strerror);
    find(library, "curl_multi_init", curl.multi_init);
    find(library, "curl_multi_cleanup", curl.multi_cleanup);
    find(library, "curl_multi_setopt", curl.multi_setopt);
    find(library, "curl_multi_add_handle", curl.multi_add_handle);
    find(library, "curl_multi_remove_handle", curl.multi_remove_handle);
    find(library, "curl_multi_perform", curl.multi_perform);
    find(library, "curl_multi_info_read", curl.multi_info_read);
    find(library, "curl_multi_poll", curl.multi_poll);
    find(library, "curl_slist_append", curl.slist_append);
    find(library, "curl_slist_free_all", curl.slist_free_all);
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        throw std::runtime_error("libcurl cannot be initialised");
    }
    return curl;
}

}  // namespace

const CurlLibrary& curl() {
    static const CurlLibrary library = load();
    return library;
}

}  // namespace nassaq::http_client
