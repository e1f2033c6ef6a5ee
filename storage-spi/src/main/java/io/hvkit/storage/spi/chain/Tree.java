package io.hvkit.storage.spi.chain;

import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map. A changed copy shares all but the way to the changed entry with its original, so that it costs what the
 * logarithm of the size is. Kept in balance by priorities drawn from the keys' hashes (a treap).
 */
final class Tree<K, V> {

    /** Is told of each entry that is looked at. */
    @FunctionalInterface
    interface Probe {
        /** Nobody is told. */
        Probe NONE = () -> {};

        void visited();
    }

    private static final class Node<K, V> {
        final K key;
        final V value;
        final @Nullable Node<K, V> left;
        final @Nullable Node<K, V> right;
        final int size;
        final int priority;

        Node(K key, V value, int priority, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
            this.key = key;
            this.value = value;
            this.left = left;
            this.right = right;
            this.size = 1 + size(left) + size(right);
            this.priority = priority;
        }

        static <K, V> Node<K, V> of(K key, V value) {
            return new Node<>(key, value, mixed(key.hashCode()), null, null);
        }

        /** Spreads hashes that follow one another, as those of numbered names do, over all numbers. */
        private static int mixed(int hash) {
            int once = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
            int twice = (once ^ (once >>> 13)) * 0xC2B2AE35;
            return twice ^ (twice >>> 16);
        }

        Node<K, V> with(@Nullable Node<K, V> newLeft, @Nullable Node<K, V> newRight) {
            return new Node<>(key, value, priority, newLeft, newRight);
        }
    }

    private final Comparator<K> order;
    private final Probe probe;
    private final @Nullable Node<K, V> root;

    private Tree(Comparator<K> order, Probe probe, @Nullable Node<K, V> root) {
        this.order = order;
        this.probe = probe;
        this.root = root;
    }

    static <K, V> Tree<K, V> empty(Comparator<K> order, Probe probe) {
        return new Tree<>(order, probe, null);
    }

    /** Returns an empty one of the same kind. */
    Tree<K, V> emptied() {
        return new Tree<>(order, probe, null);
    }

    private static int size(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.size;
    }

    int size() {
        return size(root);
    }

    boolean isEmpty() {
        return root == null;
    }

    Optional<V> get(K key) {
        Node<K, V> node = find(key);
        return node == null ? Optional.empty() : Optional.of(node.value);
    }

    V getOr(K key, V otherwise) {
        Node<K, V> node = find(key);
        return node == null ? otherwise : node.value;
    }

    boolean has(K key) {
        return find(key) != null;
    }

    private @Nullable Node<K, V> find(K key) {
        Node<K, V> node = root;
        while (node != null) {
            probe.visited();
            int side = order.compare(key, node.key);
            if (side == 0) {
                return node;
            }
            node = side < 0 ? node.left : node.right;
        }
        return null;
    }

    /** Returns the value of the greatest key below {@code key}. */
    Optional<V> below(K key) {
        Node<K, V> best = null;
        Node<K, V> node = root;
        while (node != null) {
            probe.visited();
            if (order.compare(node.key, key) < 0) {
                best = node;
                node = node.right;
            } else {
                node = node.left;
            }
        }
        return best == null ? Optional.empty() : Optional.of(best.value);
    }

    Tree<K, V> with(K key, V value) {
        return rootedAt(put(root, key, value));
    }

    Tree<K, V> without(K key) {
        return rootedAt(remove(root, key));
    }

    private Tree<K, V> rootedAt(@Nullable Node<K, V> other) {
        return other == root ? this : new Tree<>(order, probe, other);
    }

    private Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return Node.of(key, value);
        }
        probe.visited();
        int side = order.compare(key, node.key);
        if (side == 0) {
            return node.value == value ? node : new Node<>(key, value, node.priority, node.left, node.right);
        }
        if (side < 0) {
            Node<K, V> child = put(node.left, key, value);
            if (child == node.left) {
                return node;
            }
            return child.priority > node.priority
                    ? child.with(child.left, node.with(child.right, node.right))
                    : node.with(child, node.right);
        }
        Node<K, V> child = put(node.right, key, value);
        if (child == node.right) {
            return node;
        }
        return child.priority > node.priority
                ? child.with(node.with(node.left, child.left), child.right)
                : node.with(node.left, child);
    }

    private @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        probe.visited();
        int side = order.compare(key, node.key);
        if (side == 0) {
            return join(node.left, node.right);
        }
        if (side < 0) {
            Node<K, V> child = remove(node.left, key);
            return child == node.left ? node : node.with(child, node.right);
        }
        Node<K, V> child = remove(node.right, key);
        return child == node.right ? node : node.with(node.left, child);
    }

    private @Nullable Node<K, V> join(@Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        if (left == null) {
            return right;
        }
        if (right == null) {
            return left;
        }
        probe.visited();
        return left.priority > right.priority
                ? left.with(left.left, join(left.right, right))
                : right.with(join(left, right.left), right.right);
    }

    /** Returns the keys in their order, as a view that costs nothing until it is walked or asked for one of them. */
    Set<K> keys() {
        return isEmpty() ? Set.of() : new Keys();
    }

    /** Returns the values in the order of their keys. */
    List<V> values() {
        List<V> values = new ArrayList<>(size());
        nodes().forEachRemaining(node -> values.add(node.value));
        return values;
    }

    private final class Keys extends AbstractSet<K> {
        @Override
        public Iterator<K> iterator() {
            Iterator<Node<K, V>> nodes = nodes();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return nodes.hasNext();
                }

                @Override
                public K next() {
                    return nodes.next().key;
                }
            };
        }

        /** The order refuses what cannot be a key, as sorted sets do. */
        @Override
        @SuppressWarnings("unchecked") // what is no key is refused by the order, which compares nothing else
        public boolean contains(@Nullable Object some) {
            return some != null && has((K) some);
        }

        @Override
        public int size() {
            return Tree.this.size();
        }
    }

    private Iterator<Node<K, V>> nodes() {
        Deque<Node<K, V>> open = new ArrayDeque<>();
        descend(open, root);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return !open.isEmpty();
            }

            @Override
            public Node<K, V> next() {
                if (open.isEmpty()) {
                    throw new NoSuchElementException();
                }
                Node<K, V> node = open.pop();
                descend(open, node.right);
                return node;
            }
        };
    }

    private void descend(Deque<Node<K, V>> open, @Nullable Node<K, V> from) {
        Node<K, V> node = from;
        while (node != null) {
            probe.visited();
            open.push(node);
            node = node.left;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Tree<?, ?> that) || size() != that.size()) {
            return false;
        }
        if (this.root == that.root) {
            return true;
        }
        Iterator<? extends Node<?, ?>> theirs = that.nodes();
        for (Iterator<Node<K, V>> ours = nodes(); ours.hasNext(); ) {
            Node<?, ?> one = ours.next();
            Node<?, ?> two = theirs.next();
            if (one != two && !(one.key.equals(two.key) && Objects.equals(one.value, two.value))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (Iterator<Node<K, V>> all = nodes(); all.hasNext(); ) {
            Node<K, V> node = all.next();
            hash += node.key.hashCode() ^ Objects.hashCode(node.value);
        }
        return hash;
    }

    @Override
    public String toString() {
        return keys().toString();
    }
}
