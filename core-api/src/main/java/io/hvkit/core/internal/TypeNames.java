package io.hvkit.core.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a type is called.
 *
 * @param id what databases and configuration files say
 * @param displayName what people read
 * @param aliases other names it is found under, in order
 */
public record TypeNames(String id, String displayName, Set<String> aliases) {

    /** By which right a type has a name. */
    public enum Claim {
        /** It is its id. */
        ID("id"),
        /** It is one of its aliases. */
        ALIAS("alias"),
        /** It is what people read. */
        DISPLAY_NAME("display name");

        private final String words;

        Claim(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /**
     * Returns names without aliases.
     *
     * @param noun what the type is a type of, for messages
     * @throws IllegalArgumentException if one of them is not spelt as it must be
     */
    public static TypeNames of(String noun, String id, String displayName) {
        return new TypeNames(Names.id(noun, id), Names.shown(displayName), Set.of());
    }

    /**
     * Returns these names and more.
     *
     * @throws IllegalArgumentException if one is not spelt as a display name is
     */
    public TypeNames alsoKnownAs(String... more) {
        Set<String> all = new TreeSet<>(aliases);
        for (String alias : more) {
            all.add(Names.shown(alias));
        }
        return new TypeNames(id, displayName, Collections.unmodifiableSet(all));
    }

    /**
     * Returns these names with another one for people.
     *
     * @throws IllegalArgumentException if it is not spelt as a display name is
     */
    public TypeNames shownAs(String name) {
        return new TypeNames(id, Names.shown(name), aliases);
    }

    /** Returns each folded name and what it is. */
    public Map<String, Claim> claims() {
        Map<String, Claim> claims = new LinkedHashMap<>();
        claims.put(Names.folded(id), Claim.ID);
        aliases.forEach(alias -> claims.putIfAbsent(Names.folded(alias), Claim.ALIAS));
        claims.putIfAbsent(Names.folded(displayName), Claim.DISPLAY_NAME);
        return claims;
    }
}
