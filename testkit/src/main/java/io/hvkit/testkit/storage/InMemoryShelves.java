package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.ClusterSight;
import io.hvkit.storage.spi.PoolChild;
import io.hvkit.storage.spi.PoolChild.Trouble;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Shelves of a storage system in memory, and the cabinets that they stand in. A shelf is a pool of type {@link InMemoryStorageDriver#SHELF}, a
 * cabinet one of type {@link InMemoryStorageDriver#CABINET}. Both are there once they were named here, and a shelf is the same one whatever
 * it is called and wherever it stands. What is done here is done behind everybody's back.
 */
public final class InMemoryShelves {

    private final InMemoryArray array;
    private final Map<String, Shelf> shelves = new LinkedHashMap<>();
    private final Map<String, Set<Shelf>> cabinets = new LinkedHashMap<>();
    private final Map<String, List<String>> nameless = new LinkedHashMap<>();

    InMemoryShelves(InMemoryArray array) {
        this.array = array;
    }

    /** A shelf, which keeps its number. */
    static final class Shelf {
        private final int number;
        private String name;
        private Set<Trouble> troubles = Set.of();

        private Shelf(int number, String name) {
            this.number = number;
            this.name = name;
        }

        /** Under which the array has its volumes. */
        PoolId key() {
            return new PoolId("shelf-" + number);
        }

        String identity() {
            return "in-memory-shelf-%04x".formatted(0x5e1f + number);
        }

        private PoolChild described() {
            Map<String, String> options = Map.of(InMemoryStorageDriver.STANDS.name(), name);
            return new PoolChild(identity(), name, InMemoryStorageDriver.SHELF, options, troubles);
        }
    }

    /** Says which shelves a cabinet has from now on; those that are new are empty, and others stay where they also stand. */
    public void put(String cabinet, String... names) {
        array.locked(() -> {
            Set<Shelf> standing = new LinkedHashSet<>();
            for (String name : names) {
                standing.add(shelves.computeIfAbsent(name, fresh -> new Shelf(shelves.size() + 1, fresh)));
            }
            return cabinets.put(cabinet, standing);
        });
    }

    /** Says which shelves a cabinet lists that tell no identity. */
    public void listNameless(String cabinet, String... names) {
        array.locked(() -> nameless.put(cabinet, List.of(names)));
    }

    /** Says what is wrong with a shelf from now on; nothing makes it well. One that is inaccessible tells nobody how full it is. */
    public void trouble(String shelf, Trouble... troubles) {
        array.locked(() -> require(shelf).troubles = Set.of(troubles));
    }

    /** Gives a shelf another name. */
    public void rename(String shelf, String other) {
        array.locked(() -> {
            Shelf renamed = require(shelf);
            shelves.remove(shelf);
            renamed.name = other;
            return shelves.put(other, renamed);
        });
    }

    /** Moves the bytes of a volume to another shelf, as storage does to balance its load; the pool that has it keeps it. */
    public void move(VolumeId volume, String shelf) {
        array.locked(
                () -> array.require(volume).lies = Optional.of(require(shelf).key()));
    }

    /** Returns the identity of a shelf. */
    public String identity(String shelf) {
        return array.locked(() -> require(shelf).identity());
    }

    /** Returns a shelf; used under the lock of the array. */
    Shelf require(String shelf) {
        return Optional.ofNullable(shelves.get(shelf))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND).message("there is no shelf %s", shelf));
    }

    void requireCabinet(String cabinet) {
        if (!cabinets.containsKey(cabinet)) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no cabinet %s", cabinet);
        }
    }

    void requireAccessible(Shelf shelf) {
        if (shelf.troubles.contains(Trouble.INACCESSIBLE)) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message("nobody reaches shelf %s; look at its cable", shelf.name);
        }
    }

    /** Returns the identity of the shelf under whose key the array has volumes. */
    Optional<String> identityOf(PoolId key) {
        return shelves.values().stream()
                .filter(shelf -> shelf.key().equals(key))
                .map(Shelf::identity)
                .findAny();
    }

    List<Shelf> of(String cabinet) {
        requireCabinet(cabinet);
        return List.copyOf(cabinets.getOrDefault(cabinet, Set.of()));
    }

    /** Returns a cabinet as it is; used under the lock of the array. */
    ClusterSight look(String cabinet) {
        List<PoolChild> children = new ArrayList<>();
        of(cabinet).forEach(shelf -> children.add(shelf.described()));
        Set<String> elsewhere = cabinets.entrySet().stream()
                .filter(other -> !other.getKey().equals(cabinet))
                .flatMap(other -> other.getValue().stream())
                .map(Shelf::identity)
                .collect(Collectors.toSet());
        return new ClusterSight(cabinet, children, nameless.getOrDefault(cabinet, List.of()), elsewhere);
    }
}
