package io.hvkit.engine.internal.cluster;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.storage.spi.PoolChild;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The records of children: what their parent has counts for them, and what leads to a child replaces what leads to the parent. */
final class ChildRecords {

    private static final int LONGEST_NAME = 128;

    private ChildRecords() {}

    /** Returns options with those of a child in place of what they had. */
    static Facts options(Facts others, PoolChild child) {
        Map<String, String> texts = new HashMap<>(others.texts());
        texts.putAll(child.options());
        return Facts.of(texts);
    }

    /** Returns a new child; its name is made of its parent's and the storage's, and of its identity if that is taken. */
    static PoolRecord fresh(PoolRecord parent, PoolChild child, Set<String> taken, Instant now) {
        return PoolRecord.named(
                        name(parent, child, taken),
                        parent.reach(),
                        child.type().id(),
                        options(parent.options(), child),
                        now)
                .identifiedBy(Optional.of(child.identity()))
                .below(Optional.of(Membership.of(parent.id())));
    }

    private static String name(PoolRecord parent, PoolChild child, Set<String> taken) {
        String usual = parent.name() + "/" + child.name().strip();
        boolean isFit = usual.length() <= LONGEST_NAME
                && usual.chars().noneMatch(Character::isISOControl)
                && !taken.contains(usual);
        if (isFit) {
            return usual;
        }
        String sure = parent.name() + "/" + child.identity();
        return sure.length() <= LONGEST_NAME ? sure : sure.substring(sure.length() - LONGEST_NAME);
    }

    /** Returns a pool that is known, as a child that was just seen. */
    static PoolRecord taken(PoolRecord pool, PoolRecord parent, PoolChild child) {
        return pool.reached(parent.reach(), options(pool.options(), child))
                .identifiedBy(Optional.of(child.identity()))
                .below(Optional.of(Membership.of(parent.id())));
    }
}
