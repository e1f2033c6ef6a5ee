package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.NativeLongByReference;
import com.sun.jna.ptr.PointerByReference;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A live connection; valid inside the call it was lent to. Every failure is thrown, none is a {@code null}. */
public final class LibvirtConnection {

    private static final int OF_A_VOLUME = 1;
    private static final int UUID_BYTES = 37;

    private final LibvirtLibrary library;
    private final Pointer pointer;

    LibvirtConnection(LibvirtLibrary library, Pointer pointer) {
        this.library = library;
        this.pointer = pointer;
    }

    /** Returns whether it is there, as far as can be told without asking. */
    public boolean isAlive() {
        return library.virConnectIsAlive(pointer) == 1;
    }

    /** Returns a domain, running or remembered, if there is one of that name. */
    public Optional<LibvirtDomain> find(String name) throws LibvirtException {
        return found(library.virDomainLookupByName(pointer, name));
    }

    /** Returns a domain, running or remembered, if there is one of that id. */
    public Optional<LibvirtDomain> find(UUID id) throws LibvirtException {
        return found(library.virDomainLookupByUUIDString(pointer, id.toString()));
    }

    private Optional<LibvirtDomain> found(@Nullable Pointer found) throws LibvirtException {
        if (found != null) {
            return Optional.of(new LibvirtDomain(library, found));
        }
        LibvirtException why = LibvirtException.last(library);
        if (why.saysAbsent()) {
            return Optional.empty();
        }
        throw why;
    }

    /** Work done for each domain. */
    @FunctionalInterface
    public interface DomainUse {
        /** Does it; the domain is freed afterwards. */
        void on(LibvirtDomain domain) throws LibvirtException;
    }

    /** Does something for every domain, running or remembered; one that ends meanwhile is left out. */
    public void forEachDomain(DomainUse use) throws LibvirtException {
        List<LibvirtDomain> all = domains();
        try {
            for (LibvirtDomain domain : all) {
                try {
                    use.on(domain);
                } catch (LibvirtException e) {
                    if (!e.saysAbsent()) {
                        throw e;
                    }
                }
            }
        } finally {
            all.forEach(LibvirtDomain::close);
        }
    }

    /** Measures every domain, running or remembered, in one call. */
    public Measurements measure() throws LibvirtException {
        return Measurements.ofAll(library, pointer);
    }

    /** Starts a transient domain. */
    public LibvirtDomain create(String xml) throws LibvirtException {
        return new LibvirtDomain(library, check(library.virDomainCreateXML(pointer, xml, 0)));
    }

    /** Remembers a domain, or remembers it otherwise. */
    public LibvirtDomain define(String xml) throws LibvirtException {
        return new LibvirtDomain(library, check(library.virDomainDefineXML(pointer, xml)));
    }

    /** Takes a domain of another connection over. */
    void receive(Pointer domain, Migration migration) throws LibvirtException {
        try (Parameters parameters = new Parameters(library)) {
            migration.fill(parameters);
            Pointer arrived = library.virDomainMigrate3(
                    domain, pointer, parameters.pointer(), parameters.count(), migration.flags());
            library.virDomainFree(check(arrived));
        }
    }

    /** Returns which libvirt the host has; this process may have another. */
    public LibvirtVersion version() throws LibvirtException {
        NativeLongByReference version = new NativeLongByReference();
        check(library.virConnectGetLibVersion(pointer, version));
        return LibvirtVersion.of(version.getValue().longValue());
    }

    /** Returns what the host can do, as XML. */
    public String capabilities() throws LibvirtException {
        return Libvirt.taken(check(library.virConnectGetCapabilities(pointer)));
    }

    /** Defines a secret, or defines it again, and gives it its value always: the old one may be another's. */
    public void setSecret(String xml, Secret value) throws LibvirtException {
        Pointer secret = check(library.virSecretDefineXML(pointer, xml, 0));
        try {
            value.<Integer, LibvirtException>use(bytes -> {
                int size = bytes.remaining();
                try (Memory memory = new Memory(size)) {
                    memory.getByteBuffer(0, size).put(bytes);
                    try {
                        check(library.virSecretSetValue(secret, memory, new NativeLong(size), 0));
                    } finally {
                        memory.clear();
                    }
                }
                return size;
            });
        } finally {
            library.virSecretFree(secret);
        }
    }

    /** Returns whether a secret is defined. */
    public boolean hasSecret(UUID id) throws LibvirtException {
        Optional<Pointer> secret = secret(id);
        secret.ifPresent(library::virSecretFree);
        return secret.isPresent();
    }

    /** Returns the secrets that open volumes, with what each says that it is for. */
    public Map<UUID, String> volumeSecrets() throws LibvirtException {
        PointerByReference array = new PointerByReference();
        int count = library.virConnectListAllSecrets(pointer, array, 0);
        check(count);
        List<Pointer> found = List.of(array.getValue().getPointerArray(0, count));
        try {
            Map<UUID, String> usages = new HashMap<>();
            for (Pointer secret : found) {
                if (library.virSecretGetUsageType(secret) == OF_A_VOLUME) {
                    usages.put(idOf(secret), Objects.requireNonNullElse(library.virSecretGetUsageID(secret), ""));
                }
            }
            return usages;
        } finally {
            found.forEach(library::virSecretFree);
            Native.free(Pointer.nativeValue(array.getValue()));
        }
    }

    UUID idOf(Pointer secret) throws LibvirtException {
        byte[] text = new byte[UUID_BYTES];
        check(library.virSecretGetUUIDString(secret, text));
        return UUID.fromString(new String(text, 0, UUID_BYTES - 1, StandardCharsets.US_ASCII));
    }

    /** Removes a secret; does nothing if there is none. */
    public void removeSecret(UUID id) throws LibvirtException {
        Pointer secret = secret(id).orElse(null);
        if (secret == null) {
            return;
        }
        try {
            if (library.virSecretUndefine(secret) < 0) {
                LibvirtException why = LibvirtException.last(library);
                if (!why.saysAbsent()) {
                    throw why;
                }
            }
        } finally {
            library.virSecretFree(secret);
        }
    }

    private Optional<Pointer> secret(UUID id) throws LibvirtException {
        Pointer found = library.virSecretLookupByUUIDString(pointer, id.toString());
        if (found != null) {
            return Optional.of(found);
        }
        LibvirtException why = LibvirtException.last(library);
        if (why.saysAbsent()) {
            return Optional.empty();
        }
        throw why;
    }

    private List<LibvirtDomain> domains() throws LibvirtException {
        PointerByReference array = new PointerByReference();
        int count = library.virConnectListAllDomains(pointer, array, 0);
        if (count < 0) {
            throw LibvirtException.last(library);
        }
        try {
            List<LibvirtDomain> domains = new ArrayList<>();
            for (Pointer each : array.getValue().getPointerArray(0, count)) {
                domains.add(new LibvirtDomain(library, each));
            }
            return domains;
        } finally {
            Native.free(Pointer.nativeValue(array.getValue()));
        }
    }

    private Pointer check(@Nullable Pointer result) throws LibvirtException {
        if (result == null) {
            throw LibvirtException.last(library);
        }
        return result;
    }

    private void check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
    }
}
