/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.transactionscope.instances;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.github.bucket4j.postgresql.PostgreSQLSelectForUpdateBasedProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.transactionscope.resource.Resource;
import io.transactionscope.resource.ResourceScope;
import io.transactionscope.resource.ResourceUnavailableException;
import io.transactionscope.resource.async.AsyncResource;
import io.transactionscope.resource.ratelimit.AsyncRateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitByKey;
import io.transactionscope.resource.ratelimit.RateLimitResources;
import io.transactionscope.test.LinkProxy;
import io.transactionscope.test.PostgresServer;
import io.transactionscope.test.RedisServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

/**
 * Rate limits that two instances share, by Bucket4j's buckets in PostgreSQL and in Redis.
 */
@Tag("once")
class RateLimitsAcrossInstancesTests {

	/** So long that no window ends in a test. */
	private static final BucketConfiguration TWO_AN_HOUR = limit(2, Duration.ofHours(1));

	private static final JdbcClient SERVER = JdbcClient.create(PostgresServer.running().dataSource());

	private final Instance one = new Instance(2);

	private final Instance other = new Instance(2);

	private static BucketConfiguration limit(int tokens, Duration period) {
		return BucketConfiguration.builder()
			.addLimit((limit) -> limit.capacity(tokens).refillIntervally(tokens, period))
			.build();
	}

	@BeforeEach
	void createTable() {
		SERVER.sql("drop table if exists bucket").update();
		SERVER.sql("create table bucket (id varchar(64) primary key, state bytea, expires_at bigint)").update();
	}

	@AfterEach
	void close() {
		assertThat(this.one.leased() + this.other.leased()).isZero();
		this.one.close();
		this.other.close();
		SERVER.sql("drop table bucket").update();
	}

	// In PostgreSQL

	@Test
	void instancesShareTheTokensOfATable() {
		RateLimitByKey<String> limit = perKey(inTable(this.one), TWO_AN_HOUR, Duration.ZERO);
		RateLimitByKey<String> others = perKey(inTable(this.other), TWO_AN_HOUR, Duration.ZERO);
		enter(limit.of("alice"));
		enter(others.of("alice"));
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(limit.of("alice")))
			.withMessageContaining("[alice]");
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(others.of("alice")));
		enter(limit.of("bob"));
	}

	@Test
	void tokenOfABlockThatFailsIsThereForTheOtherInstance() {
		RateLimitByKey<String> limit = perKey(inTable(this.one), TWO_AN_HOUR, Duration.ZERO);
		RateLimitByKey<String> others = perKey(inTable(this.other), TWO_AN_HOUR, Duration.ZERO);
		enter(limit.of("alice"));
		assertThatIllegalStateException().isThrownBy(() -> this.one.scope().run((tx) -> {
			tx.enter(limit.of("alice"));
			throw new IllegalStateException("body");
		}));
		enter(others.of("alice"));
		assertThatExceptionOfType(ResourceUnavailableException.class).isThrownBy(() -> enter(others.of("alice")));
	}

	@Test
	void idleBucketsOfATableAreRemovedOnceTheyAreFull() {
		PostgreSQLSelectForUpdateBasedProxyManager<String> buckets = inTable(this.one);
		RateLimitByKey<String> limit = perKey(buckets, limit(2, Duration.ofMillis(50)), Duration.ofSeconds(1));
		enter(limit.of("alice"));
		enter(perKey(buckets, TWO_AN_HOUR, Duration.ZERO).of("bob"));
		await().until(() -> buckets.removeExpired(10) == 1);
		assertThat(SERVER.sql("select id from bucket").query(String.class).list()).containsExactly("bob");
		enter(limit.of("alice"));
	}

	@Test
	void withinABlockATokenOfATableTakesASecondConnection() {
		try (Instance small = new Instance(1)) {
			Resource<Duration> token = perKey(inTable(small), TWO_AN_HOUR, Duration.ZERO).of("alice");
			assertThatException().isThrownBy(() -> small.scope().run((tx) -> tx.enter(token)))
				.satisfies((ex) -> assertThat(ex).hasStackTraceContaining("PoolDeadlockException"));
			assertThat(small.leased()).isZero();
			ResourceScope.run((scope) -> {
				scope.enter(token);
				small.scope().outermost().run(() -> assertThat(small.leased()).isOne());
			});
		}
	}

	@Test
	void t7BlockWhoseTokenComesAfterItsDeadlineRollsBackAndTakesNone() {
		Bucket bucket = inTable(this.one).getProxy("alice", () -> limit(1, Duration.ofSeconds(4)));
		Resource<Duration> token = RateLimitResources.token(bucket, Duration.ofSeconds(20));
		enter(token);
		assertThatException()
			.isThrownBy(() -> this.one.scope().timeout(Duration.ofMillis(1500)).run((tx) -> tx.enter(token)))
			.withStackTraceContaining("the deadline of scope");
		assertThat(bucket.getAvailableTokens()).isOne();
	}

	// In Redis

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void instancesShareTheTokensInRedisAndIdleOnesAreForgotten() {
		try (Redis redis = new Redis(RedisServer.running().host(), RedisServer.running().port());
				Redis others = new Redis(RedisServer.running().host(), RedisServer.running().port())) {
			RateLimitByKey<String> limit = perKey(redis.buckets(), TWO_AN_HOUR, Duration.ZERO);
			enter(limit.of("tokens:alice"));
			enter(perKey(others.buckets(), TWO_AN_HOUR, Duration.ZERO).of("tokens:alice"));
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> enter(limit.of("tokens:alice")));
			assertThat(redis.keys("tokens:*")).isOne();
			enter(perKey(redis.buckets(), limit(2, Duration.ofSeconds(2)), Duration.ZERO).of("tokens:bob"));
			await().until(() -> redis.keys("tokens:*") == 1);
			assertThat(redis.keys("tokens:alice")).isOne();
		}
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void asynchronousEntriesShareTheSameTokens() throws Throwable {
		try (Redis redis = new Redis(RedisServer.running().host(), RedisServer.running().port())) {
			AsyncRateLimitByKey<String> limit = RateLimitResources.asyncPerKey((key) -> redis.bucket(key, TWO_AN_HOUR),
					Duration.ZERO);
			enter(perKey(redis.buckets(), TWO_AN_HOUR, Duration.ZERO).of("async:alice"));
			assertThatIllegalStateException().isThrownBy(() -> enter(limit.of("async:alice"), () -> {
				throw new IllegalStateException("body");
			}));
			assertThat(enter(limit.of("async:alice"), () -> "entered")).isEqualTo("entered");
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> enter(limit.of("async:alice"), () -> "refused"))
				.withMessageStartingWith("Could not get token of rate limit [async:alice] within 0 ms (gave up after ");
			BucketConfiguration single = limit(1, Duration.ofMillis(1500));
			enter(perKey(redis.buckets(), single, Duration.ZERO).of("async:bob"));
			AsyncResource<Duration> patient = RateLimitResources.token(redis.bucket("async:bob", single),
					Duration.ofSeconds(20));
			assertThat(enter(patient, () -> "waited")).isEqualTo("waited");
		}
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void redisThatIsDownFailsTheEntryWithItsOwnFailureAndNothingIsHeld() throws Exception {
		try (LinkProxy link = RedisServer.running().link(); Redis redis = new Redis(link.host(), link.port())) {
			Resource<Duration> token = perKey(redis.buckets(), TWO_AN_HOUR, Duration.ofMinutes(1)).of("down:alice");
			enter(token);
			link.cut();
			this.one.jdbc().sql("insert into bucket (id) values ('before')").update();
			Throwable blocking = catchThrowable(() -> this.one.scope().run((tx) -> {
				this.one.jdbc().sql("insert into bucket (id) values ('taken back')").update();
				tx.enter(token);
			}));
			assertThat(blocking).hasStackTraceContaining("io.lettuce.core");
			assertThat(this.one.leased()).isZero();
			assertThat(SERVER.sql("select id from bucket").query(String.class).list()).containsExactly("before");
			AsyncResource<Duration> async = RateLimitResources.token(redis.bucket("down:alice", TWO_AN_HOUR),
					Duration.ofMinutes(1));
			assertThat(catchThrowable(() -> enter(async, () -> "entered"))).hasStackTraceContaining("io.lettuce.core");
			link.mend();
			await().ignoreExceptions().untilAsserted(() -> enter(token));
		}
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void redisThatHangsIsWaitedForNoLongerThanTheBucketSays() throws Exception {
		try (LinkProxy link = RedisServer.running().link();
				Redis redis = new Redis(link.host(), link.port(), Duration.ofMillis(300));
				Redis patient = new Redis(link.host(), link.port())) {
			Resource<Duration> token = perKey(redis.buckets(), TWO_AN_HOUR, Duration.ofMinutes(1)).of("hang:alice");
			AsyncResource<Duration> async = RateLimitResources
				.token(patient.bucket("hang:alice", TWO_AN_HOUR), Duration.ofMinutes(1))
				.acquireWithin("token", Duration.ofMillis(100));
			link.freeze();
			assertThatException().isThrownBy(() -> enter(token))
				.satisfies((ex) -> assertThat(ex).hasStackTraceContaining("TimeoutException"));
			assertThatExceptionOfType(ResourceUnavailableException.class)
				.isThrownBy(() -> enter(async, () -> "entered"))
				.withMessageStartingWith("Could not get token within 100 ms");
			link.mend();
		}
	}

	@Test
	@EnabledIf("io.transactionscope.test.RedisServer#isInstalled")
	void t3TokenThatCannotBeGivenBackIsCarriedByTheFailureOfTheBody() throws Exception {
		try (LinkProxy link = RedisServer.running().link(); Redis redis = new Redis(link.host(), link.port())) {
			Resource<Duration> token = perKey(redis.buckets(), TWO_AN_HOUR, Duration.ZERO).of("lost:alice");
			assertThatIllegalStateException().isThrownBy(() -> this.one.scope().run((tx) -> {
				tx.enter(token);
				link.cut();
				throw new IllegalStateException("body");
			})).withMessage("body").satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1));
		}
	}

	private static PostgreSQLSelectForUpdateBasedProxyManager<String> inTable(Instance instance) {
		return Bucket4jPostgreSQL.selectForUpdateBasedBuilder(instance.dataSource())
			.primaryKeyMapper(PrimaryKeyMapper.STRING)
			.expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ZERO))
			.build();
	}

	private static RateLimitByKey<String> perKey(ProxyManager<String> buckets, BucketConfiguration configuration,
			Duration maxWait) {
		return RateLimitResources.perKey((key) -> buckets.getProxy(key, () -> configuration), maxWait);
	}

	private static void enter(Resource<?> resource) {
		ResourceScope.run((scope) -> scope.enter(resource));
	}

	private static <T> T enter(AsyncResource<?> resource, Supplier<T> body) throws Throwable {
		try {
			return resource.call((value) -> CompletableFuture.completedStage(body.get()))
				.toCompletableFuture()
				.get(20, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() != null) ? ex.getCause() : ex;
		}
	}

	/**
	 * A client of Redis with its buckets.
	 */
	private static final class Redis implements AutoCloseable {

		private final RedisClient client;

		private final StatefulRedisConnection<String, byte[]> connection;

		private final ProxyManager<String> buckets;

		Redis(String host, int port) {
			this(host, port, Duration.ofSeconds(10));
		}

		Redis(String host, int port, Duration requestTimeout) {
			this.client = RedisClient.create(RedisURI.create(host, port));
			this.client.setOptions(ClientOptions.builder()
				.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
				.build());
			this.connection = this.client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
			this.buckets = Bucket4jLettuce.casBasedBuilder(this.connection)
				.expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ZERO))
				.requestTimeout(requestTimeout)
				.build();
		}

		ProxyManager<String> buckets() {
			return this.buckets;
		}

		AsyncBucketProxy bucket(String key, BucketConfiguration configuration) {
			return this.buckets.asAsync().getProxy(key, () -> CompletableFuture.completedFuture(configuration));
		}

		int keys(String pattern) {
			return this.connection.sync().keys(pattern).size();
		}

		@Override
		public void close() {
			this.connection.close();
			this.client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
		}

	}

}
