// Keeps the app's page alive under a translator, which puts elements of its own in the place of the page's texts.
//
// The app goes on writing into the texts that it made, and they would stand nowhere: what is translated would never
// change again, and a place next to a text could not be found. So before the app changes something beside or in a text
// that is gone, all that is foreign leaves its parent and the texts come back; the translator then translates them anew.
// Only what the app puts into the page is looked after, and only its text is taken for a translator's.

(function () {
  "use strict";

  var insertBefore = Node.prototype.insertBefore;
  var removeChild = Node.prototype.removeChild;
  var nodeValue = Object.getOwnPropertyDescriptor(Node.prototype, "nodeValue");

  // What the app put into an element, in order; and into which element it put a node.
  var childrenOf = new WeakMap();
  var parentOf = new WeakMap();

  function isText(node) {
    return node.nodeType === Node.TEXT_NODE;
  }

  // A translator leaves texts, and elements that nothing else makes any more.
  function isForeign(node) {
    return !parentOf.has(node) && (isText(node) || node.nodeName === "FONT");
  }

  function foreignIn(parent) {
    return Array.prototype.filter.call(parent.childNodes, isForeign);
  }

  function missingFrom(parent) {
    return (childrenOf.get(parent) || []).filter(function (child) {
      return child.parentNode !== parent;
    });
  }

  // Puts what is the app's back where the app believes it to be.
  function restore(parent) {
    var children = childrenOf.get(parent);
    if (!children || !missingFrom(parent).length) return;
    foreignIn(parent).forEach(function (node) {
      removeChild.call(parent, node);
    });
    var next = null;
    for (var at = children.length - 1; at >= 0; at--) {
      var child = children[at];
      if (child.parentNode !== parent) insertBefore.call(parent, child, next);
      next = child;
    }
  }

  function forget(node) {
    var parent = parentOf.get(node);
    if (!parent) return;
    var children = childrenOf.get(parent);
    children.splice(children.indexOf(node), 1);
    parentOf.delete(node);
  }

  Node.prototype.insertBefore = function (node, next) {
    if (node.nodeName === "FONT" || node.nodeType === Node.DOCUMENT_FRAGMENT_NODE) return insertBefore.call(this, node, next);
    restore(this);
    var inserted = insertBefore.call(this, node, next);
    forget(node);
    var children = childrenOf.get(this);
    if (!children) childrenOf.set(this, (children = []));
    var at = next ? children.indexOf(next) : -1;
    children.splice(at < 0 ? children.length : at, 0, node);
    parentOf.set(node, this);
    return inserted;
  };

  Node.prototype.removeChild = function (node) {
    if (parentOf.get(node) === this) {
      // A translator in the page first adds its own and then takes the text away: that text is still the app's.
      if (isText(node) && foreignIn(this).length > missingFrom(this).length) return removeChild.call(this, node);
      restore(this);
      forget(node);
    }
    return removeChild.call(this, node);
  };

  Object.defineProperty(Node.prototype, "nodeValue", {
    configurable: true,
    enumerable: nodeValue.enumerable,
    get: nodeValue.get,
    set: function (value) {
      var parent = parentOf.get(this);
      if (parent && isText(this) && this.parentNode !== parent) restore(parent);
      nodeValue.set.call(this, value);
    }
  });
})();
