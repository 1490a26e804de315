import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.milvus.common.utils.Float16Utils;
import io.milvus.response.QueryResultsWrapper.RowRecord;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.common.IndexParam.IndexType;
import io.milvus.v2.common.IndexParam.MetricType;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.*;
import io.milvus.v2.service.collection.request.CreateCollectionReq.CollectionSchema;
import io.milvus.v2.service.collection.request.CreateCollectionReq.Function;
import io.milvus.v2.service.database.request.*;
import io.milvus.v2.service.index.request.*;
import io.milvus.v2.service.partition.request.*;
import io.milvus.v2.service.utility.request.*;
import io.milvus.v2.service.vector.request.*;
import io.milvus.v2.service.vector.request.data.*;
import io.milvus.v2.service.vector.request.ranker.*;
import io.milvus.v2.service.vector.response.QueryResp;
import io.milvus.v2.service.vector.response.SearchResp;
import java.nio.ByteBuffer;
import java.util.*;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The application of application.mjs with Milvus's Java SDK.
 *
 * <pre>java Application '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'</pre>
 */
public final class Application {
  private static final String[] GENRES = {"drama", "comedy", "noir"};
  private static final String[] TITLES =
      "Solaris,Stalker,Playtime,Laura,Mirror,Trafic,Vertigo,Ran,Heat,M,Brazil,Alien".split(",");
  private static final List<String> FIELDS = List.of(
      "title", "genre", "year", "minutes", "rating", "gross", "colour", "tags", "details", "place", "studio");
  private static final String[] FILTERS = {
    "year > 1950 and year <= 1980",
    "id in [2, 3, 5, 7]",
    "title like \"S%\"",
    "not (colour == true)",
    "gross is null",
    "gross > 6",
    "minutes % 2 == 0",
    "rating * 2 >= 12",
    "details[\"director\"] == \"d1\" and details[\"awards\"] > 0",
    "array_contains(tags, \"t1\")",
    "json_contains_any(tags, [\"t2\", \"t3\"])",
    "array_length(tags) == 2 and 100 < minutes < 120",
    "studio == \"s1\" or genre == \"noir\"",
    "st_within(place, 'POLYGON ((0 0, 6 0, 6 3, 0 3, 0 0))')",
  };
  private static final FloatVec PLOT = new FloatVec(List.of(1f, 0.5f, 0.25f, 1f));
  private static final Float16Vec SOUND = new Float16Vec(List.of(-1f, 0.5f, 0.75f, 2f));

  private final Gson gson = new Gson();
  private final MilvusClientV2 client;

  private Application(MilvusClientV2 client) {
    this.client = client;
  }

  public static void main(String[] args) throws InterruptedException {
    JsonObject connection = new Gson().fromJson(args[0], JsonObject.class);
    ConnectConfig.ConnectConfigBuilder config = ConnectConfig.builder();
    String scheme = "http://";
    if (connection.has("caFile")) {
      scheme = "https://";
      String authority = connection.get("caFile").getAsString();
      config.secure(true).serverName("localhost");
      if (connection.has("certFile")) {
        config.caPemPath(authority).clientPemPath(connection.get("certFile").getAsString())
            .clientKeyPath(connection.get("keyFile").getAsString());
      } else {
        config.serverPemPath(authority);
      }
    }
    if (connection.has("token")) config.token(connection.get("token").getAsString());
    MilvusClientV2 client = new MilvusClientV2(config.uri(scheme + connection.get("address").getAsString()).build());
    try {
      new Application(client).run();
    } finally {
      client.close();
    }
  }

  private void run() throws InterruptedException {
    databases();
    films();
    questions();
    searches();
    iterators();
    changes();
    partitions();
    end();
  }

  /** Nothing but integers and simple fractions, so that every client sends the same values. */
  private JsonObject film(int id) {
    JsonObject film = new JsonObject();
    film.addProperty("id", id);
    film.addProperty("title", TITLES[id - 1]);
    film.addProperty("genre", GENRES[id % 3]);
    film.addProperty("year", 1920 + 7 * id);
    film.addProperty("minutes", 80 + id * 37 % 50);
    film.addProperty("rating", 5 + id % 5 / 4f);
    film.add("gross", id % 4 == 0 ? JsonNull.INSTANCE : gson.toJsonTree(id * 1.5));
    film.addProperty("colour", id % 2 == 0);
    film.add("tags", gson.toJsonTree(List.of("t" + id % 2, "t" + (2 + id % 3))));
    JsonObject details = new JsonObject();
    details.addProperty("director", "d" + id % 4);
    details.addProperty("awards", id % 5);
    film.add("details", details);
    film.addProperty("place", "POINT (" + id + " " + id % 3 + ")");
    film.addProperty("studio", "s" + id % 2);
    film.add("plot", gson.toJsonTree(List.of(id * 3 / 8f, id % 5 / 4f, id % 7 / 8f, 1f)));
    film.add("poster", gson.toJsonTree(new byte[] {(byte) id, (byte) (255 - id)}));
    film.add("sound", gson.toJsonTree(
        Float16Utils.f32VectorToFp16Buffer(List.of(id / 4f, 1f, id % 3 / 2f, 0.5f)).array()));
    film.add("words", gson.toJsonTree(new TreeMap<>(Map.of((long) id, 1f, 20L + id % 4, id / 8f))));
    return film;
  }

  private void databases() throws InterruptedException {
    client.createDatabase(CreateDatabaseReq.builder().databaseName("archive")
        .properties(Map.of("database.max.collections", "10")).build());
    print("databases", sorted(client.listDatabases().getDatabaseNames()));
    Map<String, String> properties = client
        .describeDatabase(DescribeDatabaseReq.builder().databaseName("archive").build()).getProperties();
    print("database properties", properties.get("database.max.collections"));
    client.useDatabase("archive");
  }

  private void films() {
    CollectionSchema schema = MilvusClientV2.CreateSchema();
    schema.setEnableDynamicField(true);
    add(schema, "id", DataType.Int64, field -> field.isPrimaryKey(true));
    add(schema, "title", DataType.VarChar, field -> field.maxLength(100));
    add(schema, "genre", DataType.VarChar, field -> field.maxLength(20).isPartitionKey(true));
    add(schema, "year", DataType.Int16, field -> {});
    add(schema, "minutes", DataType.Int32, field -> {});
    add(schema, "rating", DataType.Float, field -> {});
    add(schema, "gross", DataType.Double, field -> field.isNullable(true));
    add(schema, "colour", DataType.Bool, field -> {});
    add(schema, "tags", DataType.Array, field -> field.elementType(DataType.VarChar).maxCapacity(8).maxLength(20));
    add(schema, "details", DataType.JSON, field -> {});
    add(schema, "place", DataType.Geometry, field -> {});
    add(schema, "plot", DataType.FloatVector, field -> field.dimension(4));
    add(schema, "poster", DataType.BinaryVector, field -> field.dimension(16));
    add(schema, "sound", DataType.Float16Vector, field -> field.dimension(4));
    add(schema, "words", DataType.SparseFloatVector, field -> {});
    client.createCollection(CreateCollectionReq.builder().collectionName("films").collectionSchema(schema)
        .consistencyLevel(ConsistencyLevel.STRONG).numPartitions(4).property("collection.ttl.seconds", "86400").build());
    client.createIndex(CreateIndexReq.builder().collectionName("films").indexParams(List.of(
        index("plot", IndexType.HNSW, MetricType.L2, Map.of("M", 8, "efConstruction", 64)),
        index("poster", IndexType.BIN_FLAT, MetricType.HAMMING, Map.of()),
        index("sound", IndexType.FLAT, MetricType.IP, Map.of()),
        index("words", IndexType.SPARSE_INVERTED_INDEX, MetricType.IP, Map.of()))).build());
    described();
    for (String name : new TreeSet<>(listIndexes())) {
      var found = client.describeIndex(DescribeIndexReq.builder().collectionName("films").indexName(name).build())
          .getIndexDescByIndexName(name);
      print("index", name, found.getIndexType(), found.getMetricType());
    }
    state();
    client.loadCollection(LoadCollectionReq.builder().collectionName("films").build());
    state();
    List<JsonObject> films = IntStream.rangeClosed(1, TITLES.length).mapToObj(this::film).collect(Collectors.toList());
    long inserted = client.insert(InsertReq.builder().collectionName("films").data(films).build()).getInsertCnt();
    JsonObject changed = film(12);
    changed.addProperty("title", "Aliens");
    changed.addProperty("year", 1986);
    long upserted = client.upsert(UpsertReq.builder().collectionName("films").data(List.of(changed)).build()).getUpsertCnt();
    print("inserted", inserted, "upserted", upserted);
  }

  private void questions() {
    List<QueryResp.QueryResult> got = client.get(GetReq.builder().collectionName("films").ids(List.of(1L, 12L))
        .outputFields(FIELDS).build()).getGetResults();
    for (Map<String, Object> row : inOrder(got)) {
      print("film", row.get("id"), FIELDS.stream().map(name -> shown(row.get(name))).collect(Collectors.joining(" ")));
    }
    Map<String, Object> full = inOrder(client.query(QueryReq.builder().collectionName("films").filter("id == 5")
        .outputFields(List.of("plot", "poster", "sound", "words")).build()).getQueryResults()).get(0);
    byte[] poster = ((ByteBuffer) full.get("poster")).array();
    String bits = "[" + (poster[0] & 255) + " " + (poster[1] & 255) + "]";
    String words = ((SortedMap<?, ?>) full.get("words")).entrySet().stream()
        .map(pair -> pair.getKey() + ":" + shown(pair.getValue())).collect(Collectors.joining(" ", "{", "}"));
    List<?> sound = Float16Utils.fp16BufferToVector((ByteBuffer) full.get("sound"));
    print("vectors", numbers((List<?>) full.get("plot")), bits, numbers(sound), words);
    for (String filter : FILTERS) print(filter + ":", ids(query("films").filter(filter)));
    Map<String, Object> values = Map.of("years", List.of(1927, 1948, 1969), "least", 5.5);
    print("templates:", ids(query("films").filter("year in {years} and rating >= {least}").filterTemplateValues(values)));
    print("page:", ids(query("films").filter("id > 0").limit(3).offset(4)));
    Map<String, Object> count = client.query(QueryReq.builder().collectionName("films").filter("genre == \"drama\"")
        .outputFields(List.of("count(*)")).build()).getQueryResults().get(0).getEntity();
    print("count", count.get("count(*)"));
  }

  private void searches() {
    search("nearest", near(PLOT, "plot", 4));
    search("filtered", near(PLOT, "plot", 4).filter("colour == true"));
    search("offset", near(PLOT, "plot", 4).offset(2));
    search("range", near(PLOT, "plot", 10).searchParams(Map.of("radius", 2, "range_filter", 0.25)));
    search("grouped", near(PLOT, "plot", 4).groupByFieldName("genre"));
    search("two groups", near(PLOT, "plot", 2).groupByFieldName("genre").groupSize(2).strictGroupSize(true));
    search("binary", near(new BinaryVec(new byte[] {3, (byte) 252}), "poster", 4).filter("id in [1, 3, 5, 8]"));
    search("float16", near(SOUND, "sound", 3));
    search("sparse", near(new SparseFloatVec(new TreeMap<>(Map.of(3L, 0.5f, 21L, 1.5f, 23L, 0.25f))), "words", 4));
    List<BaseVector> both = List.of(new FloatVec(List.of(0f, 0f, 0f, 0f)), new FloatVec(List.of(4f, 1f, 0.5f, 1f)));
    for (var hits : client.search(SearchReq.builder().collectionName("films").annsField("plot").data(both).limit(2)
        .outputFields(List.of("title")).build()).getSearchResults()) {
      print("of two", hits.stream().map(hit -> hit.getId() + " " + hit.getEntity().get("title"))
          .collect(Collectors.joining(", ")));
    }
    hybrid("rrf", RRFRanker.builder().k(10).build());
    hybrid("weighted", WeightedRanker.builder().weights(List.of(0.75f, 0.25f)).build());
  }

  private void hybrid(String name, Function ranker) {
    List<AnnSearchReq> requests = List.of(
        AnnSearchReq.builder().vectorFieldName("plot").vectors(List.of(PLOT)).limit(5).build(),
        AnnSearchReq.builder().vectorFieldName("sound").vectors(List.of(SOUND)).limit(5).build());
    printHits(name, client.hybridSearch(HybridSearchReq.builder().collectionName("films").searchRequests(requests)
        .ranker(ranker).limit(4).build()).getSearchResults().get(0));
  }

  private void iterators() {
    var rows = client.queryIterator(QueryIteratorReq.builder().collectionName("films").expr("id > 2").batchSize(4)
        .limit(9).outputFields(List.of("id")).build());
    for (List<RowRecord> batch = rows.next(); !batch.isEmpty(); batch = rows.next()) {
      print("query batch", batch.stream().map(row -> shown(row.get("id"))).collect(Collectors.joining(" ")));
    }
    rows.close();
    var hits = client.searchIteratorV2(SearchIteratorReqV2.builder().collectionName("films").vectorFieldName("plot")
        .vectors(List.of(PLOT)).metricType(MetricType.L2).batchSize(5).limit(10).build());
    for (List<SearchResp.SearchResult> batch = hits.next(); !batch.isEmpty(); batch = hits.next()) {
      print("search batch", batch.stream().map(hit -> shown(hit.getId())).collect(Collectors.joining(" ")));
    }
    hits.close();
  }

  private void changes() {
    client.createAlias(CreateAliasReq.builder().collectionName("films").alias("library").build());
    List<String> aliases = client.listAliases(ListAliasesReq.builder().collectionName("films").build()).getAlias();
    String of = client.describeAlias(DescribeAliasReq.builder().alias("library").build()).getCollectionName();
    print("aliases", String.join(" ", aliases), "of", of);
    print("by alias:", ids(query("library").filter("id < 3")));
    client.dropAlias(DropAliasReq.builder().alias("library").build());

    client.addCollectionField(AddCollectionFieldReq.builder().collectionName("films").fieldName("copies")
        .dataType(DataType.Int32).isNullable(true).build());
    JsonObject another = film(1);
    another.addProperty("id", 13);
    another.addProperty("copies", 3);
    client.insert(InsertReq.builder().collectionName("films").data(List.of(another)).build());
    print("copies: " + ids(query("films").filter("copies == 3")) + ", none:", ids(query("films").filter("copies is null")));
    client.alterCollectionProperties(AlterCollectionPropertiesReq.builder().collectionName("films")
        .property("collection.ttl.seconds", "3600").build());
    described();
    client.dropCollectionProperties(DropCollectionPropertiesReq.builder().collectionName("films")
        .propertyKeys(List.of("collection.ttl.seconds")).build());
    described();

    long byIds = client.delete(DeleteReq.builder().collectionName("films").ids(List.of(1L, 2L)).build()).getDeleteCnt();
    long byFilter = client.delete(DeleteReq.builder().collectionName("films").filter("year < 1950").build()).getDeleteCnt();
    print("deleted", byIds, byFilter, "left", ids(query("films").filter("id > 0")));
    client.flush(FlushReq.builder().collectionNames(List.of("films")).build());
    print("after flush:", ids(query("films").filter("id > 0")));
  }

  private void partitions() {
    client.createCollection(CreateCollectionReq.builder().collectionName("people").dimension(2).metricType("L2").build());
    client.createPartition(CreatePartitionReq.builder().collectionName("people").partitionName("crew").build());
    print("partitions", sorted(client.listPartitions(ListPartitionsReq.builder().collectionName("people").build())));
    client.insert(InsertReq.builder().collectionName("people").data(List.of(person(1, 0, "Ann"))).build());
    client.insert(InsertReq.builder().collectionName("people").partitionName("crew").data(List.of(person(2, 1, "Bo"))).build());
    FloatVec origin = new FloatVec(List.of(0f, 0f));
    search("all people", near(origin, "vector", 5).collectionName("people"));
    search("crew", near(origin, "vector", 5).collectionName("people").partitionNames(List.of("crew")));
    client.flush(FlushReq.builder().collectionNames(List.of("people")).build());
    print("rows", client.getCollectionStats(GetCollectionStatsReq.builder().collectionName("people").build()).getNumOfEntities());
    client.releasePartitions(ReleasePartitionsReq.builder().collectionName("people").partitionNames(List.of("crew")).build());
    client.dropPartition(DropPartitionReq.builder().collectionName("people").partitionName("crew").build());
    print("people:", ids(query("people").filter("id > 0")));
  }

  private JsonObject person(long id, float x, String name) {
    JsonObject person = new JsonObject();
    person.addProperty("id", id);
    person.add("vector", gson.toJsonTree(List.of(x, 1f)));
    person.addProperty("name", name);
    return person;
  }

  private void end() throws InterruptedException {
    client.renameCollection(RenameCollectionReq.builder().collectionName("people").newCollectionName("persons").build());
    print("collections", sorted(client.listCollections().getCollectionNames()));
    client.releaseCollection(ReleaseCollectionReq.builder().collectionName("films").build());
    failing(() -> client.query(query("films").filter("id > 0").limit(1).build()));
    client.dropIndex(DropIndexReq.builder().collectionName("films").indexName("words_index").build());
    print("indexes", sorted(listIndexes()));
    failing(() -> client.createDatabase(CreateDatabaseReq.builder().databaseName("1st").build()));
    failing(() -> client.dropDatabase(DropDatabaseReq.builder().databaseName("archive").build()));
    for (String name : List.of("films", "persons")) {
      client.dropCollection(DropCollectionReq.builder().collectionName(name).build());
    }
    print("has films", client.hasCollection(HasCollectionReq.builder().collectionName("films").build()));
    client.useDatabase("default");
    client.dropDatabase(DropDatabaseReq.builder().databaseName("archive").build());
    print("databases", sorted(client.listDatabases().getDatabaseNames()));
  }

  private void described() {
    var found = client.describeCollection(DescribeCollectionReq.builder().collectionName("films").build());
    print("fields", found.getCollectionSchema().getFieldSchemaList().stream()
        .map(field -> field.getName() + ":" + field.getDataType()).collect(Collectors.joining(" ")));
    print("ttl", found.getProperties().getOrDefault("collection.ttl.seconds", "none"));
  }

  private void state() {
    print("loaded", client.getLoadState(GetLoadStateReq.builder().collectionName("films").build()));
  }

  private List<String> listIndexes() {
    return client.listIndexes(ListIndexesReq.builder().collectionName("films").build());
  }

  private static void add(CollectionSchema schema, String name, DataType type, Consumer<AddFieldReq.AddFieldReqBuilder<?>> more) {
    AddFieldReq.AddFieldReqBuilder<?> field = AddFieldReq.builder().fieldName(name).dataType(type);
    more.accept(field);
    schema.addField(field.build());
  }

  private static IndexParam index(String field, IndexType type, MetricType metric, Map<String, Object> params) {
    return IndexParam.builder().fieldName(field).indexName(field + "_index").indexType(type).metricType(metric)
        .extraParams(params).build();
  }

  private static QueryReq.QueryReqBuilder query(String collection) {
    return QueryReq.builder().collectionName(collection).outputFields(List.of("id")).consistencyLevel(ConsistencyLevel.STRONG);
  }

  private static SearchReq.SearchReqBuilder near(BaseVector vector, String field, int limit) {
    return SearchReq.builder().collectionName("films").annsField(field).data(List.of(vector)).limit(limit)
        .consistencyLevel(ConsistencyLevel.STRONG);
  }

  private String ids(QueryReq.QueryReqBuilder question) {
    return inOrder(client.query(question.build()).getQueryResults()).stream()
        .map(row -> shown(row.get("id"))).collect(Collectors.joining(" "));
  }

  private void search(String name, SearchReq.SearchReqBuilder question) {
    printHits(name, client.search(question.build()).getSearchResults().get(0));
  }

  private static void printHits(String name, List<SearchResp.SearchResult> hits) {
    print(name + ":", hits.stream().map(hit -> String.format("%s %.6f", hit.getId(), hit.getScore()))
        .collect(Collectors.joining(", ")));
  }

  /** What the server says of a call that must fail. */
  private static void failing(Runnable call) {
    try {
      call.run();
      print("error", 0, "nothing");
    } catch (MilvusClientException error) {
      print("error", error.getServerErrCode(), error.getMessage());
    }
  }

  private static List<Map<String, Object>> inOrder(List<QueryResp.QueryResult> rows) {
    return rows.stream().map(QueryResp.QueryResult::getEntity)
        .sorted(Comparator.comparing(row -> ((Number) row.getOrDefault("id", 0)).longValue())).collect(Collectors.toList());
  }

  private static String sorted(List<String> names) {
    return String.join(" ", new TreeSet<>(names));
  }

  private static String numbers(List<?> values) {
    return values.stream().map(Application::shown).collect(Collectors.joining(" ", "[", "]"));
  }

  /** Text as it is, the rest as JavaScript writes it: no spaces, no point in a whole number. */
  private static String shown(Object value) {
    if (value == null || value instanceof JsonNull) return "null";
    if (value instanceof Float || value instanceof Double) {
      double number = ((Number) value).doubleValue();
      return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }
    if (value instanceof List) {
      JsonArray list = new JsonArray();
      for (Object element : (List<?>) value) list.add(String.valueOf(element));
      return list.toString();
    }
    if (value instanceof JsonElement && ((JsonElement) value).isJsonPrimitive()) return ((JsonElement) value).getAsString();
    return value.toString();
  }

  private static void print(Object... parts) {
    System.out.println(Arrays.stream(parts).map(String::valueOf).collect(Collectors.joining(" ")));
  }
}
