package io.hvkit.powerflex.simulator.internal.array;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A volume or a snapshot. */
public final class Volume {

    private final long id;
    private final VTree tree;
    private final Instant created;
    private final Map<Long, Mapping> mappings = new LinkedHashMap<>();
    private @Nullable String name;
    private long sizeKb;
    private VolumeKind kind;
    private @Nullable Volume ancestor;
    private @Nullable Long group;
    private String accessModeLimit = "ReadWrite";
    private boolean readCache;
    private String compression = "None";
    private Instant securedUntil = Instant.EPOCH;
    private @Nullable Instant goneAt;
    private boolean replicated;

    Volume(long id, VTree tree, Instant created, VolumeKind kind, long sizeKb) {
        this.id = id;
        this.tree = tree;
        this.created = created;
        this.kind = kind;
        this.sizeKb = sizeKb;
    }

    public long id() {
        return id;
    }

    public VTree tree() {
        return tree;
    }

    public Instant created() {
        return created;
    }

    /** Returns whom it is mapped to, in the order in which that came about. */
    public Collection<Mapping> mappings() {
        return mappings.values();
    }

    public Optional<Mapping> mapping(Sdc sdc) {
        return Optional.ofNullable(mappings.get(sdc.id()));
    }

    /** Returns a mapping as its host feels it: a volume that is limited to reading is written by nobody. */
    Mapping seenThrough(Mapping mapping) {
        boolean limited =
                accessModeLimit.equals("ReadOnly") && mapping.accessMode().equals("ReadWrite");
        return limited ? mapping.accessedAs("ReadOnly") : mapping;
    }

    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    public long sizeKb() {
        return sizeKb;
    }

    public VolumeKind kind() {
        return kind;
    }

    /** Returns the volume that it was taken from, or what was left of that one's line. */
    public Optional<Volume> ancestor() {
        return Optional.ofNullable(ancestor);
    }

    /** Returns the id of the consistency group that it was taken in. */
    public OptionalLong group() {
        return group == null ? OptionalLong.empty() : OptionalLong.of(group);
    }

    public String accessModeLimit() {
        return accessModeLimit;
    }

    public boolean usesReadCache() {
        return readCache;
    }

    public String compression() {
        return compression;
    }

    /** Returns until when it may not be removed; the epoch if it may. */
    public Instant securedUntil() {
        return securedUntil;
    }

    /** Returns when its removal is over, if it is being removed. */
    public Optional<Instant> goneAt() {
        return Optional.ofNullable(goneAt);
    }

    boolean isBeingRemoved() {
        return goneAt != null;
    }

    void rename(@Nullable String newName) {
        name = newName;
    }

    void growTo(long kb) {
        sizeKb = kb;
    }

    void become(VolumeKind newKind) {
        kind = newKind;
    }

    void takenFrom(@Nullable Volume source) {
        ancestor = source;
    }

    void takenIn(long groupId) {
        group = groupId;
    }

    void limitAccess(String mode) {
        accessModeLimit = mode;
    }

    void useReadCache(boolean use) {
        readCache = use;
    }

    void compress(String method) {
        compression = method;
    }

    void secureUntil(Instant end) {
        securedUntil = end;
    }

    /** Returns whether another system is to have the same content; that is all that is played of it. */
    public boolean isReplicated() {
        return replicated;
    }

    void replicate() {
        replicated = true;
    }

    void removeAt(Instant end) {
        goneAt = end;
    }

    void put(Mapping mapping) {
        mappings.put(mapping.sdc().id(), mapping);
    }

    void unmap(Sdc sdc) {
        mappings.remove(sdc.id());
    }
}
