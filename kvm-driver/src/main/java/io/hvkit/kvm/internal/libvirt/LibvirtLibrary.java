package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.NativeLongByReference;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/** The functions of libvirt's client library that this driver calls, as they are declared in C. Text is UTF-8. */
interface LibvirtLibrary extends Library {

    /** Hears that a connection is closed. */
    interface CloseCallback extends Callback {
        void closed(Pointer connection, int reason, Pointer opaque);
    }

    /** Hears of a block job; the disk is named by its target, such as {@code vda}, in version 2 of the event. */
    interface BlockJobCallback extends Callback {
        void changed(Pointer connection, Pointer domain, String disk, int type, int status, Pointer opaque);
    }

    /** Hears that a domain started, stopped or was changed otherwise. */
    interface LifecycleCallback extends Callback {
        void changed(Pointer connection, Pointer domain, int event, int detail, Pointer opaque);
    }

    /** Hears that a guest let a device go, or will not. */
    interface DeviceCallback extends Callback {
        void changed(Pointer connection, Pointer domain, @Nullable String alias, Pointer opaque);
    }

    /** Hears that what is kept with a domain was changed. */
    interface MetadataCallback extends Callback {
        void changed(Pointer connection, Pointer domain, int kind, @Nullable String namespace, Pointer opaque);
    }

    /** Hears that a secret was given a value. */
    interface SecretCallback extends Callback {
        void valueSet(Pointer connection, Pointer secret, Pointer opaque);
    }

    /** Hears that a timer of the event loop went off. */
    interface TimerCallback extends Callback {
        void fired(int timer, Pointer opaque);
    }

    /** Gets an error that would otherwise be printed to standard error. */
    interface ErrorCallback extends Callback {
        void raised(Pointer userData, Pointer error);
    }

    /** {@code virError}. */
    @Structure.FieldOrder({
        "code", "domain", "message", "level", "conn", "dom", "str1", "str2", "str3", "int1", "int2", "net"
    })
    final class ErrorRecord extends Structure {
        public int code;
        public int domain;
        public @Nullable Pointer message;
        public int level;
        public @Nullable Pointer conn;
        public @Nullable Pointer dom;
        public @Nullable Pointer str1;
        public @Nullable Pointer str2;
        public @Nullable Pointer str3;
        public int int1;
        public int int2;
        public @Nullable Pointer net;

        ErrorRecord(Pointer at) {
            super(at);
            read();
        }
    }

    /** {@code virDomainBlockJobInfo}. */
    @Structure.FieldOrder({"type", "bandwidth", "cur", "end"})
    final class BlockJobRecord extends Structure {
        public int type;
        public NativeLong bandwidth = new NativeLong();
        public long cur;
        public long end;
    }

    /** {@code virDomainBlockInfo}. */
    @Structure.FieldOrder({"capacity", "allocation", "physical"})
    final class BlockRecord extends Structure {
        public long capacity;
        public long allocation;
        public long physical;
    }

    /** {@code virDomainJobInfo}. */
    @Structure.FieldOrder({
        "type",
        "timeElapsed",
        "timeRemaining",
        "dataTotal",
        "dataProcessed",
        "dataRemaining",
        "memTotal",
        "memProcessed",
        "memRemaining",
        "fileTotal",
        "fileProcessed",
        "fileRemaining"
    })
    final class JobRecord extends Structure {
        public int type;
        public long timeElapsed;
        public long timeRemaining;
        public long dataTotal;
        public long dataProcessed;
        public long dataRemaining;
        public long memTotal;
        public long memProcessed;
        public long memRemaining;
        public long fileTotal;
        public long fileProcessed;
        public long fileRemaining;
    }

    int virInitialize();

    @Nullable
    Pointer virGetLastError();

    void virSetErrorFunc(@Nullable Pointer userData, @Nullable ErrorCallback handler);

    int virEventRegisterDefaultImpl();

    int virEventRunDefaultImpl();

    int virEventAddTimeout(int milliseconds, TimerCallback callback, @Nullable Pointer opaque, @Nullable Pointer free);

    void virEventUpdateTimeout(int timer, int milliseconds);

    @Nullable
    Pointer virConnectOpen(String uri);

    int virConnectRef(Pointer connection);

    int virConnectClose(Pointer connection);

    int virConnectIsAlive(Pointer connection);

    int virConnectSetKeepAlive(Pointer connection, int intervalSeconds, int count);

    int virConnectRegisterCloseCallback(
            Pointer connection, CloseCallback callback, @Nullable Pointer opaque, @Nullable Pointer free);

    int virConnectUnregisterCloseCallback(Pointer connection, CloseCallback callback);

    int virConnectDomainEventRegisterAny(
            Pointer connection,
            @Nullable Pointer domain,
            int eventId,
            Callback callback,
            @Nullable Pointer opaque,
            @Nullable Pointer free);

    int virConnectDomainEventDeregisterAny(Pointer connection, int callbackId);

    @Nullable
    Pointer virConnectGetCapabilities(Pointer connection);

    int virConnectGetLibVersion(Pointer connection, NativeLongByReference version);

    int virConnectGetAllDomainStats(Pointer connection, int kinds, PointerByReference records, int flags);

    int virDomainListGetStats(Pointer domains, int kinds, PointerByReference records, int flags);

    void virDomainStatsRecordListFree(@Nullable Pointer records);

    int virDomainGetUUIDString(Pointer domain, byte[] text);

    int virDomainListAllCheckpoints(Pointer domain, PointerByReference checkpoints, int flags);

    @Nullable
    Pointer virDomainCheckpointCreateXML(Pointer domain, String xml, int flags);

    @Nullable
    Pointer virDomainCheckpointLookupByName(Pointer domain, String name, int flags);

    @Nullable
    Pointer virDomainCheckpointGetXMLDesc(Pointer checkpoint, int flags);

    int virDomainCheckpointDelete(Pointer checkpoint, int flags);

    int virDomainCheckpointFree(Pointer checkpoint);

    int virDomainAgentSetResponseTimeout(Pointer domain, int seconds, int flags);

    int virDomainGetGuestInfo(
            Pointer domain, int kinds, PointerByReference parameters, IntByReference count, int flags);

    int virConnectListAllDomains(Pointer connection, PointerByReference domains, int flags);

    @Nullable
    Pointer virDomainLookupByName(Pointer connection, String name);

    @Nullable
    Pointer virDomainCreateXML(Pointer connection, String xml, int flags);

    @Nullable
    Pointer virDomainDefineXML(Pointer connection, String xml);

    int virDomainCreate(Pointer domain);

    int virDomainDestroyFlags(Pointer domain, int flags);

    int virDomainAttachDeviceFlags(Pointer domain, String xml, int flags);

    int virDomainDetachDeviceFlags(Pointer domain, String xml, int flags);

    int virDomainBlockResize(Pointer domain, String disk, long size, int flags);

    int virDomainShutdownFlags(Pointer domain, int flags);

    int virDomainReboot(Pointer domain, int flags);

    int virDomainReset(Pointer domain, int flags);

    int virDomainSuspend(Pointer domain);

    int virDomainResume(Pointer domain);

    int virDomainPMWakeup(Pointer domain, int flags);

    int virDomainGetID(Pointer domain);

    @Nullable
    Pointer virDomainLookupByUUIDString(Pointer connection, String uuid);

    int virDomainUndefineFlags(Pointer domain, int flags);

    int virDomainFree(Pointer domain);

    @Nullable
    String virDomainGetName(Pointer domain);

    int virDomainIsPersistent(Pointer domain);

    int virDomainGetState(Pointer domain, IntByReference state, IntByReference reason, int flags);

    @Nullable
    Pointer virDomainGetXMLDesc(Pointer domain, int flags);

    int virDomainSetMetadata(
            Pointer domain, int type, @Nullable String metadata, @Nullable String key, String uri, int flags);

    int virDomainGetBlockInfo(Pointer domain, String disk, BlockRecord info, int flags);

    int virDomainBlockCopy(Pointer domain, String disk, String xml, @Nullable Pointer parameters, int count, int flags);

    int virDomainBlockCommit(
            Pointer domain, String disk, @Nullable String base, @Nullable String top, NativeLong bandwidth, int flags);

    @Nullable
    Pointer virDomainSnapshotCreateXML(Pointer domain, String xml, int flags);

    int virDomainSnapshotFree(Pointer snapshot);

    int virDomainGetBlockJobInfo(Pointer domain, String disk, BlockJobRecord info, int flags);

    int virDomainBlockJobSetSpeed(Pointer domain, String disk, NativeLong bandwidth, int flags);

    int virDomainBlockJobAbort(Pointer domain, String disk, int flags);

    @Nullable
    Pointer virDomainMigrate3(Pointer domain, Pointer target, @Nullable Pointer parameters, int count, int flags);

    int virDomainMigrateStartPostCopy(Pointer domain, int flags);

    int virDomainBackupBegin(Pointer domain, String xml, String checkpointXml, int flags);

    @Nullable
    Pointer virDomainBackupGetXMLDesc(Pointer domain, int flags);

    int virDomainGetJobStats(
            Pointer domain, IntByReference type, PointerByReference parameters, IntByReference count, int flags);

    int virDomainAbortJob(Pointer domain);

    int virDomainGetJobInfo(Pointer domain, JobRecord info);

    int virTypedParamsAddString(
            PointerByReference parameters, IntByReference count, IntByReference room, String name, String value);

    int virTypedParamsAddULLong(
            PointerByReference parameters, IntByReference count, IntByReference room, String name, long value);

    void virTypedParamsFree(@Nullable Pointer parameters, int count);

    @Nullable
    Pointer virSecretDefineXML(Pointer connection, String xml, int flags);

    @Nullable
    Pointer virSecretLookupByUUIDString(Pointer connection, String uuid);

    int virSecretSetValue(Pointer secret, Pointer value, NativeLong size, int flags);

    int virSecretUndefine(Pointer secret);

    int virConnectListAllSecrets(Pointer connection, PointerByReference secrets, int flags);

    int virSecretGetUUIDString(Pointer secret, byte[] text);

    int virSecretGetUsageType(Pointer secret);

    @Nullable
    String virSecretGetUsageID(Pointer secret);

    int virConnectSecretEventRegisterAny(
            Pointer connection,
            @Nullable Pointer secret,
            int eventId,
            Callback callback,
            @Nullable Pointer opaque,
            @Nullable Pointer free);

    int virConnectSecretEventDeregisterAny(Pointer connection, int callbackId);

    int virSecretFree(Pointer secret);
}
