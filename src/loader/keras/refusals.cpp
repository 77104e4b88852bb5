// Builds the message about everything in a file that cannot run: first classes without a definition, each with its layers, then
// Python code, then everything else. Each piece of advice is given once.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include "loader/keras/class_names.h"
#include "loader/keras/layer_graph.h"
#include "loader/recipes/recipes.h"

namespace keraunos::loader {
namespace {

using Item = UnsupportedError::Item;
using Items = std::vector<Item>;

// Layers of a network that nothing calls (loss endpoints) are not checked.
void collect(const LayerInstance& layer, std::set<const LayerInstance*>& seen, Items& items) {
  if (!seen.insert(&layer).second) return;
  if (!layer.refusal.empty()) items.push_back({layer.path, layer.whole_class_name(), layer.refusal});
  if (layer.network == nullptr) {
    for (const SharedLayer& child : layer.children) {
      // A custom class decides whether it runs the layers of the file; their refusals are found if it does.
      if (child->attribute != kGraphChild || child->network == nullptr) collect(*child, seen, items);
    }
    return;
  }
  for (const Call& call : layer.network->calls) {
    if (call.layer >= 0) collect(*layer.network->layers[static_cast<size_t>(call.layer)], seen, items);
  }
}

struct Numbered {
  std::string_view stem;
  int64_t number = -1;
};

// "block_12" → "block_", 12.
Numbered numbered(std::string_view name) {
  const size_t end = name.find_last_not_of("0123456789");
  if (end == std::string_view::npos || name[end] != '_' || end + 1 == name.size() || name.size() - end > 10) return {name};
  Numbered result{name.substr(0, end + 1)};
  std::from_chars(name.data() + end + 1, name.data() + name.size(), result.number);
  return result;
}

bool follows(const std::string& before, const std::string& name) {
  const Numbered a = numbered(before), b = numbered(name);
  return a.number >= 0 && b.number == a.number + 1 && a.stem == b.stem;
}

struct Part {
  std::string text;
  size_t layers;
};

// Three or more names with consecutive numbers form one part: "block_1 to block_4".
std::vector<Part> parts_of(const std::vector<std::string>& names) {
  std::vector<Part> parts;
  for (size_t begin = 0, end = 0; begin < names.size(); begin = end) {
    for (end = begin + 1; end < names.size() && follows(names[end - 1], names[end]);) ++end;
    if (end - begin < 3) end = begin + 1;
    parts.push_back({end - begin == 1 ? names[begin] : names[begin] + " to " + names[end - 1], end - begin});
  }
  return parts;
}

std::string enumerated(const std::vector<std::string>& texts) {
  std::string text;
  for (size_t i = 0; i < texts.size(); ++i) text += (i == 0 ? "" : i + 1 == texts.size() ? " and " : ", ") + texts[i];
  return text;
}

struct Group {
  std::string class_name, reason;
  std::vector<std::string> layers;
  std::string named() const { return (layers.size() == 1 ? "layer " : "layers ") + listed_names(layers); }
};

// Groups items by class, and by reason where the reason does not concern the class, in order of first occurrence.
std::vector<Group> grouped(const Items& items) {
  std::vector<Group> groups;
  for (const Item& item : items) {
    const bool by_class = is_unknown_class(item.reason);
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.class_name == item.class_name && (by_class ? is_unknown_class(group.reason) : group.reason == item.reason);
    });
    if (same == groups.end())
      groups.push_back({item.class_name, item.reason, {item.layer}});
    else
      same->layers.push_back(item.layer);
  }
  return groups;
}

// The suggestion depends only on the class's name; whether the recipe fits is checked when the caller uses it.
std::string text_of_recipes(const std::vector<Group>& classes) {
  std::map<std::string, std::vector<std::string>> by_recipe;
  for (const Group& group : classes) {
    const std::string class_name = after_package(group.class_name), recipe = recipe_with_class(class_name);
    if (!recipe.empty()) by_recipe[recipe].push_back(class_name);
  }
  std::string text;
  for (const auto& [recipe, names] : by_recipe)
    text += "; where " + enumerated(names) + (names.size() == 1 ? " was copied" : " were copied") +
            " from an example, try --recipe " + recipe + " (CustomObjects::recipe)";
  return text;
}

std::string text_of_classes(const std::vector<Group>& classes) {
  std::string text =
      classes.size() == 1 ? "1 class is not supported: " : std::to_string(classes.size()) + " classes are not supported: ";
  for (size_t i = 0; i < classes.size(); ++i)
    text += (i ? ", " : "") + classes[i].class_name + " (" + (i ? listed_names(classes[i].layers) : classes[i].named()) + ')';
  text += "; say what " + std::string(classes.size() == 1 ? "it computes" : "they compute") + " with CustomObjects::layer";
  return text + text_of_recipes(classes);
}

bool is_code(std::string_view reason) {
  return reason.starts_with(kPythonCode) || reason == kPythonFunction || reason == kSafeMode;
}

// The verb that the reason begins with fits one layer or several.
std::string text_of_code(const Group& code) {
  const bool one = code.layers.size() == 1;
  const size_t verb = code.reason.find(' ');
  std::string text =
      code.named() + " (" + code.class_name + ") " + code.reason.substr(0, verb - (one ? 0 : 1)) + code.reason.substr(verb);
  if (code.reason == kSafeMode) text += "; safe_mode=false (--safe-mode false) translates such code";
  return text + "; say what " + (one ? "it computes" : "each computes") + " with CustomObjects::replace(\"" +
         code.layers.front() + "\", expression_layer(\"…\")) or --replace '" + code.layers.front() + "=…'";
}

std::string text_of_other(const Group& group) {
  std::string also;
  if (group.layers.size() > 1)
    also = std::string("; also ") + (group.layers.size() == 2 ? "layer " : "layers ") +
           listed_names({group.layers.begin() + 1, group.layers.end()});
  return "layer \"" + group.layers.front() + "\" (" + group.class_name + also + ") " + group.reason;
}

std::string sentence_of(const Items& items) {
  std::vector<Group> classes;
  std::string code, others;
  for (const Group& group : grouped(items)) {
    if (is_unknown_class(group.reason))
      classes.push_back(group);
    else if (is_code(group.reason))
      code += "; " + text_of_code(group);
    else
      others += "; " + text_of_other(group);
  }
  const std::string first = classes.empty() ? std::string() : "; " + text_of_classes(classes);
  return (first + code + others).substr(2);
}

}  // namespace

std::string listed_names(const std::vector<std::string>& names) {
  const std::vector<Part> parts = parts_of(names);
  std::vector<std::string> texts;
  size_t shown = 0;
  for (const Part& part : parts) {
    if (parts.size() > 4 && texts.size() == 2) break;
    texts.push_back(part.text);
    shown += part.layers;
  }
  if (shown < names.size()) texts.push_back(std::to_string(names.size() - shown) + " more");
  return enumerated(texts);
}

bool is_unknown_class(std::string_view reason) { return reason == kUnsupportedClass || reason == kUnregisteredClass; }

std::vector<UnsupportedError::Item> refusals_in(const LayerInstance& root) {
  std::set<const LayerInstance*> seen;
  std::vector<UnsupportedError::Item> items;
  collect(root, seen, items);
  return items;
}

void throw_refusals(const std::string& file, Items items, std::string_view verdict) {
  const std::string text = file + ' ' + std::string(verdict) + ": " + sentence_of(items);
  throw UnsupportedError(text, std::move(items));
}

}  // namespace keraunos::loader
