package io.hvkit.engine;

import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.engine.usage.Account;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What callers were told, by the names of things; catalogs are held to it. Any number of threads may share one. */
final class ChaosMemory {

    /** Things that are asked for by name. */
    enum Kind {
        VOLUME,
        MACHINE,
        SNAPSHOT,
        TEMPLATE
    }

    /** What is known of a thing. */
    static final class Fate {
        private final Set<Long> contents = ConcurrentHashMap.newKeySet();
        private volatile boolean acknowledged;
        private volatile boolean doomed;
        private volatile boolean gone;
        private volatile Optional<Account> owner = Optional.empty();

        /** Its maker was told that it is there. */
        void acknowledge() {
            acknowledged = true;
        }

        /** Somebody is about to ask for its end. */
        void doom() {
            doomed = true;
        }

        /** Somebody was told that it is gone. */
        void end() {
            gone = true;
        }

        /** It is to count for an account. */
        Account ownedBy(Account account) {
            owner = Optional.of(account);
            return account;
        }

        Optional<Account> owner() {
            return owner;
        }

        boolean mustBeThere() {
            return acknowledged && !doomed;
        }

        boolean mustBeGone() {
            return gone;
        }

        /** It may hold what another one holds, or is about to. */
        void mayHold(Fate other) {
            contents.addAll(other.contents);
        }

        void mayHold(long content) {
            contents.add(content);
        }

        /** Returns whether it may hold that; from now on it holds nothing else. */
        boolean holds(long content) {
            boolean isKnown = contents.isEmpty() || contents.contains(content);
            contents.clear();
            contents.add(content);
            return isKnown;
        }

        @Override
        public String toString() {
            return "may hold " + contents;
        }
    }

    private final Map<Kind, Map<String, Fate>> known = Map.of(
            Kind.VOLUME, new ConcurrentHashMap<>(),
            Kind.MACHINE, new ConcurrentHashMap<>(),
            Kind.SNAPSHOT, new ConcurrentHashMap<>(),
            Kind.TEMPLATE, new ConcurrentHashMap<>());

    private final Set<RecordId<OperationRecord>> operations = ConcurrentHashMap.newKeySet();

    /** Returns the operations that were asked for lately; what they have left is yet to be tidied up. */
    Set<RecordId<OperationRecord>> operations() {
        return operations;
    }

    /** Returns all of a kind that was asked for so far, by name. */
    Map<String, Fate> all(Kind kind) {
        return Optional.ofNullable(known.get(kind)).orElseThrow();
    }

    Fate of(Kind kind, String name) {
        return all(kind).computeIfAbsent(name, absent -> new Fate());
    }

    Fate volume(String name) {
        return of(Kind.VOLUME, name);
    }

    Fate machine(String name) {
        return of(Kind.MACHINE, name);
    }

    Fate snapshot(String name) {
        return of(Kind.SNAPSHOT, name);
    }

    Fate template(String name) {
        return of(Kind.TEMPLATE, name);
    }
}
