// The code of Asio and Beast that is no template, compiled once for this folder instead of in each of its files.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
