#pragma once

// The type checks of these two are macros over the functions' names, and would hide the members below.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_multi_setopt

namespace nassaq::http_client {

/// libcurl's functions (curl.se/libcurl/c/allfuncs.html), by their names without "curl_". It is loaded when it is first
/// wanted, rather than linked to: it brings some thirty libraries (LDAP, Kerberos, another TLS, …), whose starting
/// would cost each process 5 MiB and 10 ms, also where documents are in a folder.
struct CurlLibrary {
    decltype(&curl_global_init) global_init;
    decltype(&curl_easy_init) easy_init;
    decltype(&curl_easy_cleanup) easy_cleanup;
    decltype(&curl_easy_reset) easy_reset;
    decltype(&curl_easy_setopt) easy_setopt;
    decltype(&curl_easy_pause) easy_pause;
    decltype(&curl_easy_strerror) easy_strerror;
    decltype(&curl_multi_init) multi_init;
    decltype(&curl_multi_cleanup) multi_cleanup;
    decltype(&curl_multi_setopt) multi_setopt;
    decltype(&curl_multi_add_handle) multi_add_handle;
    decltype(&curl_multi_remove_handle) multi_remove_handle;
    decltype(&curl_multi_perform) multi_perform;
    decltype(&curl_multi_info_read) multi_info_read;
    decltype(&curl_multi_poll) multi_poll;
    decltype(&curl_slist_append) slist_append;
    decltype(&curl_slist_free_all) slist_free_all;
};

/// The library, loaded and initialised once in a process. @throws std::runtime_error when it is not installed.
const CurlLibrary& curl();

}  // namespace nassaq::http_client
