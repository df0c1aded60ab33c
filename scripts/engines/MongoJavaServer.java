import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStore;

/**
 * Runs mongo-java-server on a loopback port, for tests that want to speak MongoDB's protocol over a real socket.
 *
 * <p>Usage: {@code MongoJavaServer --port N [--data FILE]}. Without a file the data lives in memory only.
 */
public final class MongoJavaServer {

    private MongoJavaServer() {
    }

    public static void main(String[] arguments) {
        int port = 27017;
        String file = null;
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : usage();
            switch (arguments[i]) {
                case "--port" -> port = Integer.parseInt(value);
                case "--data" -> file = value;
                default -> usage();
            }
        }

        DurableBackend backend = new DurableBackend(openStore(file));
        backend.version(new Protocol());
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        try {
            server.bind("127.0.0.1", port);
        } catch (Exception cannotBind) {
            // Netty throws checked exceptions without declaring them, and its threads would keep the process alive.
            System.err.println("cannot listen on 127.0.0.1:" + port + ": " + cannotBind.getMessage());
            System.exit(1);
        }
        System.out.println("listening on 127.0.0.1:" + server.getLocalAddress().getPort());
    }

    private static String usage() {
        System.err.println("usage: mongo-java-server --port N [--data FILE]");
        System.exit(64);
        return "";
    }

    /**
     * Opens the store with H2's own timed commits switched off: they would lose the last second of acknowledged
     * writes when the process is killed, and could save half a command. {@link DurableBackend} commits instead.
     */
    private static MVStore openStore(String file) {
        MVStore store = new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(0).open();
        // Space of superseded data may be used again at once: the file is to survive a killed process, not a lost disk.
        store.setRetentionTime(0);
        store.setVersionsToKeep(0);
        return store;
    }

    /** What the server says of itself: MongoDB 5.0, whose wire version is 13. The library's own answer, 8, is refused by current drivers. */
    private static final class Protocol implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    /**
     * Saves every write before it is acknowledged, one command at a time, so that a killed process loses none and keeps
     * no half of one. What is read is copied while nothing is written: the library changes documents in place, field by
     * field, and would send one that is half old and half new.
     */
    private static final class DurableBackend extends H2Backend {

        /** Commands that change nothing; any other, known or not, is taken for a write. */
        private static final Set<String> READS = Set.of(
            "buildinfo", "count", "distinct", "endsessions", "find", "getmore", "hello", "ismaster", "killcursors",
            "listcollections", "listdatabases", "listindexes", "ping", "serverstatus");

        private final ReadWriteLock lock = new ReentrantReadWriteLock();

        DurableBackend(MVStore store) {
            super(store);
        }

        @Override
        public Document handleMessage(MongoMessage message) {
            String command = message.getDocument().keySet().iterator().next();
            boolean writes = !READS.contains(command.toLowerCase(Locale.ROOT));
            Lock held = writes ? lock.writeLock() : lock.readLock();
            held.lock();
            try {
                return (Document) copy(super.handleMessage(message));
            } finally {
                try {
                    if (writes) {
                        commit();
                    }
                } finally {
                    held.unlock();
                }
            }
        }

        private static Object copy(Object value) {
            if (value instanceof Document document) {
                Document copied = new Document();
                document.forEach((key, field) -> copied.put(key, copy(field)));
                return copied;
            }
            if (value instanceof Collection<?> items) {
                return new ArrayList<>(items.stream().map(DurableBackend::copy).toList());
            }
            return value;
        }

        /** Answers {@code hello}, which the library knows only by its older name. */
        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            if (!command.equalsIgnoreCase("hello")) {
                return super.handleCommand(channel, database, command, query);
            }
            Document answer = super.handleCommand(channel, database, "isMaster", query);
            answer.remove("ismaster");
            answer.put("isWritablePrimary", Boolean.TRUE);
            return answer;
        }
    }
}
