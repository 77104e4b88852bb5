#include "cli/html/page.h"

namespace keraunos::cli {
namespace {

// In a script element HTML recognises only the end tag, and JSON may write "<" as an escape.
std::string json_in_html(const files::Json& data) {
  std::string safe;
  for (const char c : data.dump()) {
    if (c == '<' || c == '>' || c == '&')
      safe += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    else
      safe += c;
  }
  return safe;
}

std::string text_in_html(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '&': safe += "&amp;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

// Scripts without this nonce do not run, attributes such as onerror neither, and nothing is fetched.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-page'; base-uri 'none'; form-action 'none'";

}  // namespace

std::string html_page(const std::string& title, const files::Json& data) {
  std::string page = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) + "\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += "<title>" + text_in_html(title) + "</title>\n<style>" + std::string(kPageStyle) + "</style>\n</head>\n<body>";
  page += kPageBody;
  page += "<script type=\"application/json\" id=\"data\">" + json_in_html(data) + "</script>\n";
  page += "<script nonce=\"page\">\n'use strict';\nconst DATA = JSON.parse(document.getElementById('data').textContent);\n";
  for (const std::string_view script : {kScriptLayout, kScriptGraph, kScriptKeys, kScriptDetails, kScriptTables, kScriptStart})
    page += script;
  return page + "</script>\n</body>\n</html>\n";
}

}  // namespace keraunos::cli
